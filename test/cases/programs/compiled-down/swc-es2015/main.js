"use strict";
Object.defineProperty(exports, "__esModule", {
    value: true
});
const _tax = /*#__PURE__*/ _interop_require_wildcard(require("./tax"));
function asyncGeneratorStep(gen, resolve, reject, _next, _throw, key, arg) {
    try {
        var info = gen[key](arg);
        var value = info.value;
    } catch (error) {
        reject(error);
        return;
    }
    if (info.done) resolve(value);
    else Promise.resolve(value).then(_next, _throw);
}
function _async_to_generator(fn) {
    return function() {
        var self = this, args = arguments;
        return new Promise(function(resolve, reject) {
            var gen = fn.apply(self, args);
            function _next(value) {
                asyncGeneratorStep(gen, resolve, reject, _next, _throw, "next", value);
            }
            function _throw(err) {
                asyncGeneratorStep(gen, resolve, reject, _next, _throw, "throw", err);
            }
            _next(undefined);
        });
    };
}
function _check_private_redeclaration(obj, privateCollection) {
    if (privateCollection.has(obj)) {
        throw new TypeError("Cannot initialize the same private elements twice on an object");
    }
}
function _class_apply_descriptor_get(receiver, descriptor) {
    if (descriptor.get) return descriptor.get.call(receiver);
    return descriptor.value;
}
function _class_extract_field_descriptor(receiver, privateMap, action) {
    if (!privateMap.has(receiver)) throw new TypeError("attempted to " + action + " private field on non-instance");
    return privateMap.get(receiver);
}
function _class_private_field_get(receiver, privateMap) {
    var descriptor = _class_extract_field_descriptor(receiver, privateMap, "get");
    return _class_apply_descriptor_get(receiver, descriptor);
}
function _class_private_field_init(obj, privateMap, value) {
    _check_private_redeclaration(obj, privateMap);
    privateMap.set(obj, value);
}
function _define_property(obj, key, value) {
    if (key in obj) {
        Object.defineProperty(obj, key, {
            value: value,
            enumerable: true,
            configurable: true,
            writable: true
        });
    } else obj[key] = value;
    return obj;
}
function _getRequireWildcardCache(nodeInterop) {
    if (typeof WeakMap !== "function") return null;
    var cacheBabelInterop = new WeakMap();
    var cacheNodeInterop = new WeakMap();
    return (_getRequireWildcardCache = function(nodeInterop) {
        return nodeInterop ? cacheNodeInterop : cacheBabelInterop;
    })(nodeInterop);
}
function _interop_require_wildcard(obj, nodeInterop) {
    if (!nodeInterop && obj && obj.__esModule) return obj;
    if (obj === null || typeof obj !== "object" && typeof obj !== "function") return {
        default: obj
    };
    var cache = _getRequireWildcardCache(nodeInterop);
    if (cache && cache.has(obj)) return cache.get(obj);
    var newObj = {
        __proto__: null
    };
    var hasPropertyDescriptor = Object.defineProperty && Object.getOwnPropertyDescriptor;
    for(var key in obj){
        if (key !== "default" && Object.prototype.hasOwnProperty.call(obj, key)) {
            var desc = hasPropertyDescriptor ? Object.getOwnPropertyDescriptor(obj, key) : null;
            if (desc && (desc.get || desc.set)) Object.defineProperty(newObj, key, desc);
            else newObj[key] = obj[key];
        }
    }
    newObj.default = obj;
    if (cache) cache.set(obj, newObj);
    return newObj;
}
function _object_without_properties(source, excluded) {
    if (source == null) return {};
    var target = {}, sourceKeys, key, i;
    if (typeof Reflect !== "undefined" && Reflect.ownKeys) {
        sourceKeys = Reflect.ownKeys(Object(source));
        for(i = 0; i < sourceKeys.length; i++){
            key = sourceKeys[i];
            if (excluded.indexOf(key) >= 0) continue;
            if (!Object.prototype.propertyIsEnumerable.call(source, key)) continue;
            target[key] = source[key];
        }
        return target;
    }
    target = _object_without_properties_loose(source, excluded);
    if (Object.getOwnPropertySymbols) {
        sourceKeys = Object.getOwnPropertySymbols(source);
        for(i = 0; i < sourceKeys.length; i++){
            key = sourceKeys[i];
            if (excluded.indexOf(key) >= 0) continue;
            if (!Object.prototype.propertyIsEnumerable.call(source, key)) continue;
            target[key] = source[key];
        }
    }
    return target;
}
function _object_without_properties_loose(source, excluded) {
    if (source == null) return {};
    var target = {}, sourceKeys = Object.getOwnPropertyNames(source), key, i;
    for(i = 0; i < sourceKeys.length; i++){
        key = sourceKeys[i];
        if (excluded.indexOf(key) >= 0) continue;
        if (!Object.prototype.propertyIsEnumerable.call(source, key)) continue;
        target[key] = source[key];
    }
    return target;
}
function load(opts) {
    return _async_to_generator(function*() {
        var _opts_list;
        const { retry = 2, name = 'n' } = opts;
        const [first = 7, ...others] = (_opts_list = opts.list) !== null && _opts_list !== void 0 ? _opts_list : [];
        yield null;
        const sum = retry + first;
        (0, _tax.raise)();
        return {
            sum,
            name,
            others
        };
    })();
}
function plain(_0, ..._1) {
    let _ref = [
        _0,
        _1
    ], [_ref1, ..._rest] = _ref, { retry = 3 } = _ref1, rest = _object_without_properties(_ref1, [
        "retry"
    ]), [more] = _rest;
    const { name = 'm' } = rest;
    for (const item of more){
        const { x = item, y } = {
            y: item * 2
        };
        void [
            retry,
            name,
            x,
            y,
            item,
            _tax.default.region,
            _tax.vat,
            _tax.level,
            _tax.level
        ];
    }
    const inner = more.map((value)=>value * retry);
    return inner;
}
var _hidden = /*#__PURE__*/ new WeakMap();
class Box {
    open(times = 2) {
        return _async_to_generator(function*() {
            const v = _class_private_field_get(this, _hidden) + times;
            yield null;
            return v;
        }).call(this);
    }
    *walk(step = 5) {
        yield step;
        return this.size;
    }
    constructor(){
        _class_private_field_init(this, _hidden, {
            writable: true,
            value: 41
        });
        _define_property(this, "size", 3);
    }
}
let n = 0;
const box = new Box();
function tick() {
    return _async_to_generator(function*() {
        const loaded = yield load({
            name: 'given'
        });
        const made = plain({
            name: undefined
        }, 4);
        const opened = yield box.open();
        const walked = [
            ...box.walk()
        ];
        void [
            loaded,
            made,
            opened,
            walked
        ];
        if (++n > 400) clearInterval(timer);
    })();
}
const timer = setInterval(tick, 250);

//# sourceMappingURL=main.js.map