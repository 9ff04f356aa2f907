import type { Builtin, GuardedEvaluation } from '../guarded-evaluation.ts';
import {
  append,
  apply,
  type Callable,
  indexOf,
  isObject,
  isRegExp,
  isStringObject,
  max,
  slice,
  uncurry,
} from '../intrinsics.ts';
import type { BuiltinTable } from './builtin-table.ts';
import { makePattern, matchAll, matchOnce, replaceMatches, searchMatch, splitMatches } from './regexp.ts';
import { expandReplacement } from './replacement.ts';

const stringValue = uncurry(String.prototype.valueOf);

/** @returns the receiver of a string method, converted as the language does. */
function thisString(evaluation: GuardedEvaluation, self: unknown): string {
  if (typeof self === 'string') return self;
  if (self === undefined || self === null) throw new TypeError('String.prototype method called on null or undefined');
  if (isStringObject(self)) return stringValue(self as unknown as string);
  return evaluation.string(self);
}

/** Calls the original function on a string and on arguments that are converted to primitives, so that it runs no code of the application. */
function direct(hint: 'string' | 'number'): (fn: Callable) => Builtin {
  return (fn) => (evaluation, self, args) => {
    const text = thisString(evaluation, self);
    const converted: unknown[] = [];
    let length = text.length;
    for (let index = 0; index < args.length; index++) {
      const argument = evaluation.primitive(args[index], hint);
      if (typeof argument === 'string') length += argument.length + (text.length * argument.length) / 64;
      append(converted, argument);
    }
    evaluation.charge(length);
    const result: unknown = apply(fn, text, converted as never[]);
    // Methods that take positions give a character, its code, or a piece of the text.
    if (hint === 'number' && result !== undefined)
      evaluation.cuts.add(text, typeof result === 'string' ? result : undefined);
    return result;
  };
}

/** Stands for the pieces of methods that cut at no fixed length; long enough not to count as a cut into characters. */
const WHATEVER = '(piece)';

const OF_TEXT = [
  'concat',
  'endsWith',
  'includes',
  'indexOf',
  'isWellFormed',
  'lastIndexOf',
  'localeCompare',
  'normalize',
];
const OF_TEXT_TOO = ['startsWith', 'toLocaleLowerCase', 'toLocaleUpperCase', 'toLowerCase', 'toString', 'toUpperCase'];
const TRIMMING = ['trim', 'trimEnd', 'trimStart', 'valueOf', 'toWellFormed'];
const OF_POSITIONS = ['at', 'charAt', 'charCodeAt', 'codePointAt', 'slice', 'substr', 'substring'];

function growing(length: (text: string, count: number) => number): (fn: Callable) => Builtin {
  return (fn) => (evaluation, self, args) => {
    const text = thisString(evaluation, self);
    const count = evaluation.integer(args[0]);
    evaluation.refuseLength(length(text, count));
    evaluation.charge(max(length(text, count), 0));
    const filler = args[1] === undefined ? undefined : evaluation.string(args[1]);
    return apply(fn, text, [count, filler] as never[]);
  };
}

function replace(all: boolean): (fn: Callable) => Builtin {
  return (fn) => (evaluation, self, args) => {
    const text = thisString(evaluation, self);
    evaluation.charge(text.length);
    evaluation.cuts.add(text, WHATEVER);
    const pattern = args[0];
    const replacement = args[1];
    if (isObject(pattern) && isRegExp(pattern)) {
      return evaluation.unbounded(fn, self, args, () => replaceMatches(evaluation, pattern, text, replacement));
    }
    const searched = evaluation.string(pattern);
    let result = '';
    let end = 0;
    for (let at = indexOf(text, searched, 0); at >= 0; at = indexOf(text, searched, at + (searched.length || 1))) {
      evaluation.tick();
      if (at > text.length || (at < end && searched !== '')) break;
      result += slice(text, end, at) + expandReplacement(evaluation, replacement, text, at, [searched], undefined);
      evaluation.refuseLength(result.length);
      end = at + searched.length;
      if (!all || at >= text.length) break;
    }
    return result + slice(text, end);
  };
}

const split: (fn: Callable) => Builtin = (fn) => (evaluation, self, args) => {
  const text = thisString(evaluation, self);
  evaluation.charge(text.length);
  const limit = args[1] === undefined ? 4294967295 : evaluation.number(args[1]) >>> 0;
  const separator = args[0];
  evaluation.cuts.add(text, separator === '' ? undefined : WHATEVER);
  if (isObject(separator) && isRegExp(separator)) {
    return evaluation.unbounded(fn, self, args, () => splitMatches(evaluation, separator, text, limit));
  }
  const parts: string[] = [];
  evaluation.own(parts);
  if (separator === undefined) {
    if (limit > 0) append(parts, text);
    return parts;
  }
  const by = evaluation.string(separator);
  if (by === '') {
    for (let index = 0; index < text.length && parts.length < limit; index++) {
      evaluation.tick();
      append(parts, text[index] ?? '');
    }
    return parts;
  }
  let start = 0;
  for (let at = indexOf(text, by, 0); at >= 0 && parts.length < limit; at = indexOf(text, by, start)) {
    evaluation.tick();
    append(parts, slice(text, start, at));
    start = at + by.length;
  }
  if (parts.length < limit) append(parts, slice(text, start));
  return parts;
};

type Matching = (evaluation: GuardedEvaluation, pattern: RegExp, text: string) => unknown;
function matching(flags: string, run: Matching): (fn: Callable) => Builtin {
  return (fn) => (evaluation, self, args) => {
    const text = thisString(evaluation, self);
    const given = args[0];
    evaluation.charge(text.length);
    const pattern =
      isObject(given) && isRegExp(given)
        ? given
        : makePattern(given === undefined ? '' : evaluation.string(given), flags);
    evaluation.cuts.add(text, WHATEVER);
    return evaluation.unbounded(fn, self, args, () => run(evaluation, pattern, text));
  };
}

export function addStrings(table: BuiltinTable): void {
  const { prototype } = String;
  for (const key of [...OF_TEXT, ...OF_TEXT_TOO, ...TRIMMING]) table.add(prototype, key, direct('string'));
  for (const key of OF_POSITIONS) table.add(prototype, key, direct('number'));
  table.add(
    prototype,
    'repeat',
    growing((text, count) => text.length * count),
  );
  table.add(
    prototype,
    'padStart',
    growing((_, count) => count),
  );
  table.add(
    prototype,
    'padEnd',
    growing((_, count) => count),
  );
  table.add(prototype, 'replace', replace(false));
  table.add(prototype, 'replaceAll', replace(true));
  table.add(prototype, 'split', split);
  table.add(prototype, 'match', matching('', matchOnce));
  table.add(prototype, 'matchAll', matching('g', matchAll));
  table.add(prototype, 'search', matching('', searchMatch));
  for (const key of ['fromCharCode', 'fromCodePoint']) {
    table.add(String, key, (fn) => (evaluation, _, args) => {
      const codes: number[] = [];
      for (let index = 0; index < args.length; index++) append(codes, evaluation.number(args[index]));
      return apply(fn, String, codes as never[]);
    });
  }
  table.add(globalThis, 'String', () => (evaluation, _, args) => {
    const value = args.length === 0 ? '' : evaluation.primitive(args[0], 'string');
    return typeof value === 'symbol' ? symbolText(value) : `${value as string}`;
  });
  table.add(Symbol.prototype, 'toString', () => (_, self) => symbolText(self as symbol));
}

const symbolText = uncurry(Symbol.prototype.toString);
