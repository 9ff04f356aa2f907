"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.level = exports.vat = void 0;
exports.raise = raise;
exports.vat = 0.19;
exports.level = 1;
function raise() { exports.level += 1; return exports.level; }
exports.default = { region: 'eu' };
//# sourceMappingURL=tax.js.map