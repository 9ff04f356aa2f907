import { describe, expect, test } from 'vitest';
import { analyzeScript } from '../../../../../../src/runtime/node/worker/sources/analysis/analyze-script.ts';
import {
  fullName,
  hasName,
  type NamedFunction,
  narrow,
  parseFunctionName,
} from '../../../../../../src/runtime/node/worker/sources/functions/function-name.ts';

const SOURCE = `
class OrderService {
  #check() {}
  constructor() { this.assigned = () => 1 }
  place() {}
  static place() {}
  static create() {}
  get total() {}
  set total(value) {}
  async *stream() {}
  field = async () => {}
}
class Bare extends OrderService {}
module.exports = function main() {};
exports.handler = wrap(async () => {});
Order.prototype.total = function () {};
const api = { orders: { list: () => [], 'two words': function () {} } };
let Decorated = class _Decorated { run() { const helper = () => 2; function nested() {} } };
function outer() { return function inner() {} }
export default () => {};
const chosen = debug ? () => 1 : () => 2;
({ fallback = () => 1 } = {});
`;

function named(source = SOURCE): NamedFunction[] {
  return (analyzeScript(source, 'orders.mjs')?.functions ?? []).map(({ names, kind, isStatic, isPrivate }) => ({
    kind,
    isStatic,
    isPrivate,
    paths: names.map(({ path, isWrapped }) => ({ path: path.map(({ text }) => text), isWrapped })),
  }));
}

function found(name: string): string[] {
  const wanted = parseFunctionName(name);
  return narrow(
    wanted,
    named().filter((one) => hasName(wanted, one)),
  ).map(fullName);
}

describe('the name of a function', () => {
  test.each([
    ['OrderService.create', 'static OrderService.create'],
    ['OrderService#place', 'OrderService.place'],
    ['OrderService.prototype.place', 'OrderService.place'],
    ['static OrderService.place', 'static OrderService.place'],
    ['OrderService.static place', 'static OrderService.place'],
    ['OrderService.#check', 'OrderService.#check'],
    ['OrderService#check', 'OrderService.#check'],
    ['#check', 'OrderService.#check'],
    ['OrderService.total', 'get OrderService.total'],
    ['set OrderService.total', 'set OrderService.total'],
    ['OrderService.get total', 'get OrderService.total'],
    ['OrderService', 'OrderService.constructor'],
    ['new OrderService', 'OrderService.constructor'],
    ['OrderService.constructor', 'OrderService.constructor'],
    ['OrderService.field', 'OrderService.field'],
    ['OrderService.assigned', 'OrderService.assigned'],
    ['stream', 'OrderService.stream'],
    ['module.exports', 'module.exports'],
    ['main', 'module.exports'],
    ['handler', 'exports.handler'],
    ['Order#total', 'Order.total'],
    ['orders.list', 'api.orders.list'],
    ['api.orders.two words', 'api.orders.two words'],
    ['Decorated.run', 'Decorated.run'],
    ['_Decorated.run', 'Decorated.run'],
    ['run.helper', 'Decorated.run.helper'],
    ['nested', 'Decorated.run.nested'],
    ['outer', 'outer'],
    ['outer.inner', 'outer.inner'],
    ['default', 'default'],
    ['fallback', 'fallback'],
    ['Bare', 'Bare'],
  ])('%s means %s', (name, wanted) => {
    expect(found(name)).toEqual([wanted]);
  });

  test.each([
    ['OrderService.place', ['OrderService.place', 'static OrderService.place']],
    ['chosen', ['chosen', 'chosen']],
    ['missing', []],
    ['Other.place', []],
    ['set OrderService.place', []],
  ])('%s could be %j', (name, wanted) => {
    expect(found(name)).toEqual(wanted);
  });
});
