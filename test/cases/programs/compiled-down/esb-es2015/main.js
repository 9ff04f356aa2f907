var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getOwnPropSymbols = Object.getOwnPropertySymbols;
var __getProtoOf = Object.getPrototypeOf;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __propIsEnum = Object.prototype.propertyIsEnumerable;
var __typeError = (msg) => {
  throw TypeError(msg);
};
var __defNormalProp = (obj, key, value) => key in obj ? __defProp(obj, key, { enumerable: true, configurable: true, writable: true, value }) : obj[key] = value;
var __objRest = (source, exclude) => {
  var target = {};
  for (var prop in source)
    if (__hasOwnProp.call(source, prop) && exclude.indexOf(prop) < 0)
      target[prop] = source[prop];
  if (source != null && __getOwnPropSymbols)
    for (var prop of __getOwnPropSymbols(source)) {
      if (exclude.indexOf(prop) < 0 && __propIsEnum.call(source, prop))
        target[prop] = source[prop];
    }
  return target;
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(
  // If the importer is in node compatibility mode or this is not an ESM
  // file that has been converted to a CommonJS file using a Babel-
  // compatible transform (i.e. "__esModule" has not been set), then set
  // "default" to the CommonJS "module.exports" for node compatibility.
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true }) : target,
  mod
));
var __publicField = (obj, key, value) => __defNormalProp(obj, typeof key !== "symbol" ? key + "" : key, value);
var __accessCheck = (obj, member, msg) => member.has(obj) || __typeError("Cannot " + msg);
var __privateGet = (obj, member, getter) => (__accessCheck(obj, member, "read from private field"), getter ? getter.call(obj) : member.get(obj));
var __privateAdd = (obj, member, value) => member.has(obj) ? __typeError("Cannot add the same private member more than once") : member instanceof WeakSet ? member.add(obj) : member.set(obj, value);
var __async = (__this, __arguments, generator) => {
  return new Promise((resolve, reject) => {
    var fulfilled = (value) => {
      try {
        step(generator.next(value));
      } catch (e) {
        reject(e);
      }
    };
    var rejected = (value) => {
      try {
        step(generator.throw(value));
      } catch (e) {
        reject(e);
      }
    };
    var step = (x) => x.done ? resolve(x.value) : Promise.resolve(x.value).then(fulfilled, rejected);
    step((generator = generator.apply(__this, __arguments)).next());
  });
};
var import_tax = __toESM(require("./tax"));
var all = __toESM(require("./tax"));
var _hidden;
function load(opts) {
  return __async(this, null, function* () {
    var _a;
    const { retry = 2, name = "n" } = opts;
    const [first = 7, ...others] = (_a = opts.list) != null ? _a : [];
    yield null;
    const sum = retry + first;
    (0, import_tax.raise)();
    return { sum, name, others };
  });
}
function plain(_a, ...more) {
  var _b = _a, { retry = 3 } = _b, rest = __objRest(_b, ["retry"]);
  const { name = "m" } = rest;
  for (const item of more) {
    const { x = item, y } = { y: item * 2 };
    void [retry, name, x, y, item, import_tax.default.region, import_tax.vat, import_tax.level, all.level];
  }
  const inner = more.map((value) => value * retry);
  return inner;
}
class Box {
  constructor() {
    __privateAdd(this, _hidden, 41);
    __publicField(this, "size", 3);
  }
  open(times = 2) {
    return __async(this, null, function* () {
      const v = __privateGet(this, _hidden) + times;
      yield null;
      return v;
    });
  }
  *walk(step = 5) {
    yield step;
    return this.size;
  }
}
_hidden = new WeakMap();
let n = 0;
const box = new Box();
function tick() {
  return __async(this, null, function* () {
    const loaded = yield load({ name: "given" });
    const made = plain({ name: void 0 }, 4);
    const opened = yield box.open();
    const walked = [...box.walk()];
    void [loaded, made, opened, walked];
    if (++n > 400) clearInterval(timer);
  });
}
const timer = setInterval(tick, 250);
//# sourceMappingURL=main.js.map
