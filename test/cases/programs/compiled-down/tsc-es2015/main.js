"use strict";
var __createBinding = (this && this.__createBinding) || (Object.create ? (function(o, m, k, k2) {
    if (k2 === undefined) k2 = k;
    var desc = Object.getOwnPropertyDescriptor(m, k);
    if (!desc || ("get" in desc ? !m.__esModule : desc.writable || desc.configurable)) {
      desc = { enumerable: true, get: function() { return m[k]; } };
    }
    Object.defineProperty(o, k2, desc);
}) : (function(o, m, k, k2) {
    if (k2 === undefined) k2 = k;
    o[k2] = m[k];
}));
var __setModuleDefault = (this && this.__setModuleDefault) || (Object.create ? (function(o, v) {
    Object.defineProperty(o, "default", { enumerable: true, value: v });
}) : function(o, v) {
    o["default"] = v;
});
var __importStar = (this && this.__importStar) || (function () {
    var ownKeys = function(o) {
        ownKeys = Object.getOwnPropertyNames || function (o) {
            var ar = [];
            for (var k in o) if (Object.prototype.hasOwnProperty.call(o, k)) ar[ar.length] = k;
            return ar;
        };
        return ownKeys(o);
    };
    return function (mod) {
        if (mod && mod.__esModule) return mod;
        var result = {};
        if (mod != null) for (var k = ownKeys(mod), i = 0; i < k.length; i++) if (k[i] !== "default") __createBinding(result, mod, k[i]);
        __setModuleDefault(result, mod);
        return result;
    };
})();
var __awaiter = (this && this.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};
var __classPrivateFieldGet = (this && this.__classPrivateFieldGet) || function (receiver, state, kind, f) {
    if (kind === "a" && !f) throw new TypeError("Private accessor was defined without a getter");
    if (typeof state === "function" ? receiver !== state || !f : !state.has(receiver)) throw new TypeError("Cannot read private member from an object whose class did not declare it");
    return kind === "m" ? f : kind === "a" ? f.call(receiver) : f ? f.value : state.get(receiver);
};
var __rest = (this && this.__rest) || function (s, e) {
    var t = {};
    for (var p in s) if (Object.prototype.hasOwnProperty.call(s, p) && e.indexOf(p) < 0)
        t[p] = s[p];
    if (s != null && typeof Object.getOwnPropertySymbols === "function")
        for (var i = 0, p = Object.getOwnPropertySymbols(s); i < p.length; i++) {
            if (e.indexOf(p[i]) < 0 && Object.prototype.propertyIsEnumerable.call(s, p[i]))
                t[p[i]] = s[p[i]];
        }
    return t;
};
var _Box_hidden;
Object.defineProperty(exports, "__esModule", { value: true });
const tax_1 = __importStar(require("./tax"));
const all = __importStar(require("./tax"));
function load(opts) {
    return __awaiter(this, void 0, void 0, function* () {
        var _a;
        const { retry = 2, name = 'n' } = opts;
        const [first = 7, ...others] = (_a = opts.list) !== null && _a !== void 0 ? _a : [];
        yield null;
        const sum = retry + first;
        (0, tax_1.raise)();
        return { sum, name, others };
    });
}
function plain(_a, ...more) {
    var { retry = 3 } = _a, rest = __rest(_a, ["retry"]);
    const { name = 'm' } = rest;
    for (const item of more) {
        const { x = item, y } = { y: item * 2 };
        void [retry, name, x, y, item, tax_1.default.region, tax_1.vat, tax_1.level, all.level];
    }
    const inner = more.map((value) => value * retry);
    return inner;
}
class Box {
    constructor() {
        _Box_hidden.set(this, 41);
        this.size = 3;
    }
    open() {
        return __awaiter(this, arguments, void 0, function* (times = 2) {
            const v = __classPrivateFieldGet(this, _Box_hidden, "f") + times;
            yield null;
            return v;
        });
    }
    *walk(step = 5) {
        yield step;
        return this.size;
    }
}
_Box_hidden = new WeakMap();
let n = 0;
const box = new Box();
function tick() {
    return __awaiter(this, void 0, void 0, function* () {
        const loaded = yield load({ name: 'given' });
        const made = plain({ name: undefined }, 4);
        const opened = yield box.open();
        const walked = [...box.walk()];
        void [loaded, made, opened, walked];
        if (++n > 400)
            clearInterval(timer);
    });
}
const timer = setInterval(tick, 250);
//# sourceMappingURL=main.js.map