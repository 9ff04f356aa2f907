"use strict";
Object.defineProperty(exports, "__esModule", {
    value: true
});
function _export(target, all) {
    for(var name in all)Object.defineProperty(target, name, {
        enumerable: true,
        get: Object.getOwnPropertyDescriptor(all, name).get
    });
}
_export(exports, {
    get default () {
        return _default;
    },
    get level () {
        return level;
    },
    get raise () {
        return raise;
    },
    get vat () {
        return vat;
    }
});
const vat = 0.19;
let level = 1;
function raise() {
    level += 1;
    return level;
}
const _default = {
    region: 'eu'
};

//# sourceMappingURL=tax.js.map