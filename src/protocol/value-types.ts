import type { CapturedValue } from './value.ts';

/** What a value is, in words of no programming language. How it is redacted and written depends on its shape only. */
export type ValueShape =
  /** There is no value: null. */
  | 'absent'
  | 'boolean'
  | 'number'
  /** Characters; written with quotes where values stand beside one another. */
  | 'string'
  /** Has one text and is no string: a date, a regular expression. */
  | 'text'
  | 'list'
  | 'set'
  | 'map'
  | 'object'
  | 'error'
  | 'function'
  /** Bytes, in hexadecimal digits. */
  | 'bytes'
  /** May hold values that are not captured: a promise, for example. */
  | 'opaque'
  /** Items of a list that were never set. */
  | 'gap';

interface ValueType {
  readonly shape: ValueShape;
  /** Shown as the class where a value has no className; the name of the type unless given. */
  readonly title?: string;
  /** Written behind a number. */
  readonly suffix?: string;
  /** Written in the place of a number that is too long. */
  readonly tooLong?: string;
}

/** Types that every language names in the same way, as far as it has them. */
const NEUTRAL: Readonly<Record<string, ValueType>> = {
  null: { shape: 'absent' },
  boolean: { shape: 'boolean' },
  number: { shape: 'number' },
  string: { shape: 'string' },
  date: { shape: 'text' },
  array: { shape: 'list', title: 'Array' },
  set: { shape: 'set', title: 'Set' },
  map: { shape: 'map', title: 'Map' },
  object: { shape: 'object', title: 'Object' },
  error: { shape: 'error', title: 'Error' },
  function: { shape: 'function' },
  buffer: { shape: 'bytes', title: 'Buffer' },
};

/** Types that only JavaScript has. */
const JAVASCRIPT: Readonly<Record<string, ValueType>> = {
  undefined: { shape: 'absent' },
  bigint: { shape: 'number', suffix: 'n', tooLong: '<bigint of more than 1024 bits>' },
  symbol: { shape: 'text' },
  regexp: { shape: 'text' },
  typedarray: { shape: 'list' },
  arraybuffer: { shape: 'opaque' },
  promise: { shape: 'opaque', title: 'Promise' },
  weakref: { shape: 'opaque' },
  empty: { shape: 'gap' },
};

const TYPES: ReadonlyMap<string, ValueType> = new Map(Object.entries({ ...NEUTRAL, ...JAVASCRIPT }));

/** The shape of a type that is not listed here follows from the parts that the value has. */
export function typeOf({ type, fields, items, entries }: CapturedValue): ValueType {
  const known = TYPES.get(type);
  if (known !== undefined) return known;
  return { shape: entries ? 'map' : items ? 'list' : fields ? 'object' : 'text' };
}

export function shapeOf(value: CapturedValue): ValueShape {
  return typeOf(value).shape;
}

/** A number as its language writes it. */
export function writeNumber(value: CapturedValue): string {
  const { suffix = '', tooLong } = typeOf(value);
  const text = value.text ?? '';
  if (value.notCaptured !== 'length') return text + suffix;
  return tooLong ?? `${text}…`;
}
