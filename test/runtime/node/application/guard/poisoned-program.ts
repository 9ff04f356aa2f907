import { compileExpression } from '../../../../../src/language/javascript/compile-expression.ts';
import { captureValue, captureVariables } from '../../../../../src/runtime/node/application/capture/capture.ts';
import { createGuard } from '../../../../../src/runtime/node/application/guard/guard.ts';
import { Proofs } from '../../harness/prove.ts';

/**
 * A program that spoils the language after the runtime was loaded, as far as a program can: every method of every common
 * prototype, and accessors where the runtime's own objects could pick them up. Prints what expressions and captures give,
 * and which of the spoiled functions ran.
 */
const write = process.stdout.write.bind(process.stdout);
const { stringify } = JSON;
const { create } = Object;
const { ownKeys, getOwnPropertyDescriptor, defineProperty } = Reflect;

class Order {
  id = 7;
  items = [{ price: 60 }, { price: 50 }];
  tags = new Set(['new']);
  prices = new Map([['lamp', 60]]);
  password = 'secret';

  total(rate = 1) {
    let sum = 0;
    for (let index = 0; index < this.items.length; index++) {
      const { price = 0, ...rest } = this.items[index] ?? {};
      sum += price * rate;
      for (const key in rest) if (key === 'id') sum = 0;
    }
    const [first, second] = [sum, (() => [sum, 1])()];
    try {
      throw first;
    } catch (error) {
      return { error, second };
    }
  }
}
const order = new Order();
const error = new TypeError('boom', { cause: 'lamp' });
const values = [
  order,
  error,
  new Date(0),
  /a/g,
  Buffer.from('ab'),
  new Uint8Array(2),
  Symbol('s'),
  5n,
  new Proxy({}, {}),
];
const limits = {
  depth: 3,
  fields: 10,
  items: 10,
  stringLength: 50,
  bytes: 100_000,
};

const sources = process.argv.slice(2);
const compiled = sources.map((source) => {
  const names = ['order', 'error'];
  return new Function(...names, `return ($) => ${compileExpression(source).source}`)(order, error);
});

const proven = new Proofs().of(Order.prototype.total);
const proofs = { of: () => proven };
const ran: string[] = [];
function add(list: unknown[], value: unknown): void {
  defineProperty(list, list.length, plain(value));
}
const spoiled = (name: string) =>
  function spoiled() {
    add(ran, name);
    throw new Error('spoiled');
  };
const holders: Record<string, object> = {
  Object,
  Array,
  String,
  Number,
  Reflect,
  JSON,
  Math,
  'Object.prototype': Object.prototype,
  'Function.prototype': Function.prototype,
  'Array.prototype': Array.prototype,
  'String.prototype': String.prototype,
  'Number.prototype': Number.prototype,
  'Symbol.prototype': Symbol.prototype,
  'BigInt.prototype': BigInt.prototype,
  'RegExp.prototype': RegExp.prototype,
  'Date.prototype': Date.prototype,
  'Map.prototype': Map.prototype,
  'Set.prototype': Set.prototype,
  'WeakSet.prototype': WeakSet.prototype,
  'Error.prototype': Error.prototype,
  'Uint8Array.prototype': Object.getPrototypeOf(Uint8Array.prototype),
  'MapIterator.prototype': Object.getPrototypeOf(new Map().entries()),
  'SetIterator.prototype': Object.getPrototypeOf(new Set().values()),
  'ArrayIterator.prototype': Object.getPrototypeOf([].values()),
};
function plain(value: unknown): PropertyDescriptor {
  const descriptor: PropertyDescriptor = create(null);
  descriptor.value = value;
  descriptor.writable = true;
  descriptor.enumerable = true;
  descriptor.configurable = true;
  return descriptor;
}
const names = Object.keys(holders);
const accessor = (name: string) =>
  Object.assign(Object.create(null), { get: spoiled(name), set: spoiled(name), configurable: true });
const fields = ['value', 'get', 'set', 'writable', 'enumerable', 'type', 'text', 'then', 'toJSON', 'length2'];
const traps = fields.map((field) => [field, accessor(`Object.prototype.${field}`)] as const);
const items = [0, 1, 2, 3].map((index) => [index, accessor(`Array.prototype[${index}]`)] as const);

for (let n = 0; n < names.length; n++) {
  const name = names[n] ?? '';
  const holder = holders[name] ?? {};
  const keys = ownKeys(holder);
  for (let k = 0; k < keys.length; k++) {
    const key = keys[k] ?? '';
    const descriptor = getOwnPropertyDescriptor(holder, key);
    if (key === 'constructor' || descriptor?.configurable !== true || typeof descriptor.value !== 'function') continue;
    defineProperty(holder, key, plain(spoiled(`${name}.${typeof key === 'symbol' ? 'symbol' : key}`)));
  }
}
for (let n = 0; n < traps.length; n++) defineProperty(Object.prototype, traps[n]?.[0] ?? '', traps[n]?.[1] ?? {});
for (let n = 0; n < items.length; n++) defineProperty(Array.prototype, items[n]?.[0] ?? 0, items[n]?.[1] ?? {});

const evaluated: unknown[] = [];
const captured: unknown[] = [];
for (let n = 0; n < compiled.length; n++) {
  try {
    add(evaluated, captureValue(compiled[n](createGuard({ maxSteps: 1000, proofs })), limits));
  } catch (thrown) {
    add(evaluated, `${(thrown as { constructor: { name: string } }).constructor.name}`);
  }
}
for (let n = 0; n < values.length; n++) add(captured, captureValue(values[n], limits));
const variables = captureVariables({ order, count: 1 }, limits);
const during = ran.length;

// Writing the outcome down must not meet the traps.
const report = { evaluated, captured, variables, ran: [] as unknown[] };
for (let n = 0; n < during; n++) add(report.ran, ran[n]);
for (let n = 0; n < traps.length; n++) {
  delete (Object.prototype as Record<string, unknown>)[traps[n]?.[0] ?? ''];
}
for (let n = 0; n < items.length; n++) delete (Array.prototype as unknown[])[n];
write(`${stringify(report)}\n`);
