import type { CapturedValue } from './value.ts';

/** What a value is, in words of no language: how it is looked at, redacted and written depends on nothing else. */
export type ValueShape =
  /** There is no value: null. */
  | 'absent'
  | 'boolean'
  | 'number'
  /** Characters; written with quotes where values stand beside one another. */
  | 'string'
  /** What is said in one text that is no string: a date, a regular expression. */
  | 'text'
  | 'list'
  | 'set'
  | 'map'
  | 'object'
  | 'error'
  | 'function'
  /** Bytes, in hexadecimal digits. */
  | 'bytes'
  /** It may hold values, and does not show them. */
  | 'opaque'
  /** Items of a list that were never set. */
  | 'gap';

interface ValueType {
  readonly shape: ValueShape;
  /** What stands for the class where a value has no class of its own; the name of the type unless given. */
  readonly title?: string;
  /** Written behind a number. */
  readonly suffix?: string;
  /** Written in the place of a number that is too long. */
  readonly tooLong?: string;
}

/** Names that every language uses for what it has of them. */
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

/** What is a language's own, where it is written in a way of its own. */
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

/** Of a type that is not known here, what the value holds tells. */
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
