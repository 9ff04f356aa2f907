var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);
var tax_exports = {};
__export(tax_exports, {
  default: () => tax_default,
  level: () => level,
  raise: () => raise,
  vat: () => vat
});
module.exports = __toCommonJS(tax_exports);
const vat = 0.19;
let level = 1;
function raise() {
  level += 1;
  return level;
}
var tax_default = { region: "eu" };
// Annotate the CommonJS export names for ESM import in node:
0 && (module.exports = {
  level,
  raise,
  vat
});
//# sourceMappingURL=tax.js.map
