import type { Builtin } from '../guarded-evaluation.ts';
import {
  append,
  apply,
  type Callable,
  isBigIntObject,
  isBooleanObject,
  isDate,
  isNumberObject,
  isObject,
  isSymbolObject,
  uncurry,
} from '../intrinsics.ts';
import type { BuiltinTable } from './builtin-table.ts';

/** Calls the original function on arguments that are converted to primitives, which run no code. */
const direct =
  (hint: 'string' | 'number'): ((fn: Callable) => Builtin) =>
  (fn) =>
  (evaluation, _, args) => {
    const converted: unknown[] = [];
    for (let index = 0; index < args.length; index++) {
      const argument = evaluation.primitive(args[index], hint);
      if (typeof argument === 'string') evaluation.charge(argument.length);
      append(converted, argument);
    }
    return apply(fn, undefined, converted as never[]);
  };

/** Calls a method of a wrapper class (`Number.prototype.toFixed`) on the primitive itself. */
const onPrimitive =
  (unwrap: (self: unknown) => unknown): ((fn: Callable) => Builtin) =>
  (fn) =>
  (evaluation, self, args) => {
    const converted: unknown[] = [];
    for (let index = 0; index < args.length; index++) append(converted, evaluation.primitive(args[index], 'number'));
    const value = unwrap(self);
    if (typeof value === 'bigint') refuseHuge(value);
    return apply(fn, value, converted as never[]);
  };

const HUGE = 2n ** 4096n;

/** Refuses very large numbers: the time of arithmetic grows faster than their length, and is not bounded by steps. */
export function refuseHuge(value: bigint): void {
  if (value > HUGE || value < -HUGE) throw new RangeError('the number has more than 4096 bits');
}

const numberValue = uncurry(Number.prototype.valueOf);
const bigintValue = uncurry(BigInt.prototype.valueOf);
const booleanValue = uncurry(Boolean.prototype.valueOf);
const symbolValue = uncurry(Symbol.prototype.valueOf);

/** @returns the primitive inside a wrapper object; anything else as it is. */
export function unwrap(self: unknown): unknown {
  if (isNumberObject(self)) return numberValue(self as unknown as number);
  if (isBigIntObject(self)) return bigintValue(self as unknown as bigint);
  if (isBooleanObject(self)) return booleanValue(self as unknown as boolean);
  if (isSymbolObject(self)) return symbolValue(self as unknown as symbol);
  return self;
}

/** Not `random`, which would advance the program's own sequence; not `sumPrecise`, which iterates. */
const MATH = [
  ...['abs', 'acos', 'acosh', 'asin', 'asinh', 'atan', 'atan2', 'atanh', 'cbrt', 'ceil', 'clz32', 'cos', 'cosh', 'exp'],
  ...[
    'expm1',
    'floor',
    'fround',
    'hypot',
    'imul',
    'log',
    'log10',
    'log1p',
    'log2',
    'max',
    'min',
    'pow',
    'round',
    'sign',
  ],
  ...['sin', 'sinh', 'sqrt', 'tan', 'tanh', 'trunc'],
];
const DATE_READERS = [
  'getTime',
  'valueOf',
  'getTimezoneOffset',
  'toISOString',
  'toString',
  'toDateString',
  'toTimeString',
];
const DATE_FIELDS = ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds'];
const DATE_TEXTS = ['toUTCString', 'toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'];

export function addNumbers(table: BuiltinTable): void {
  for (const key of MATH) table.add(Math, key, direct('number'));
  for (const key of ['isInteger', 'isFinite', 'isNaN', 'isSafeInteger']) {
    table.add(Number, key, (fn) => (_, _self, args) => apply(fn, undefined, [args[0]] as never[]));
  }
  for (const key of ['isNaN', 'isFinite', 'Number', 'BigInt']) table.add(globalThis, key, direct('number'));
  for (const key of ['parseInt', 'parseFloat', 'encodeURI', 'encodeURIComponent', 'decodeURI', 'decodeURIComponent']) {
    table.add(globalThis, key, direct('string'));
  }
  // Through `direct`, since V8 itself would take a text of any length, and would name a symbol in its error.
  table.add(globalThis, 'Symbol', direct('string'));
  table.add(globalThis, 'Boolean', () => (evaluation, _, args) => evaluation.truth(args[0]));
  for (const key of ['toFixed', 'toPrecision', 'toExponential', 'toString', 'toLocaleString', 'valueOf']) {
    table.add(Number.prototype, key, onPrimitive(unwrap));
  }
  for (const holder of [BigInt.prototype, Boolean.prototype, Symbol.prototype]) {
    for (const key of ['toString', 'toLocaleString', 'valueOf']) table.add(holder, key, onPrimitive(unwrap));
  }
}

export function addDates(table: BuiltinTable): void {
  for (const key of ['now', 'parse', 'UTC']) table.add(Date, key, direct('number'));
  const fields = DATE_FIELDS.flatMap((field) => [`get${field}`, `getUTC${field}`]);
  for (const key of [...DATE_READERS, ...fields, ...DATE_TEXTS]) table.add(Date.prototype, key, onDate);
  table.add(Date.prototype, Symbol.toPrimitive, () => (evaluation, self, args) => {
    if (!isObject(self)) throw new TypeError('the receiver is not an object');
    return evaluation.ordinaryPrimitive(self, args[0] !== 'number');
  });
  table.add(Date.prototype, 'toJSON', () => (evaluation, self) => {
    const time = evaluation.primitive(self, 'number');
    if (typeof time === 'number' && time - time !== 0) return null;
    return evaluation.invoke(evaluation.get(self, 'toISOString'), self, [], 'toISOString');
  });
}

const onDate =
  (fn: Callable): Builtin =>
  (_, self, args) => {
    if (!isObject(self) || !isDate(self)) throw new TypeError('this is not a Date object.');
    const converted: unknown[] = [];
    for (let index = 0; index < args.length; index++) append(converted, plainOption(args[index]));
    return apply(fn, self, converted as never[]);
  };

/** Only primitives may be locales or options: the language itself would read an object, without the guard. */
function plainOption(value: unknown): unknown {
  if (isObject(value)) throw new TypeError('options and lists of locales are not supported in an expression');
  return value;
}
