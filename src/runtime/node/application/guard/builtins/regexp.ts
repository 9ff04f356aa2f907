import { EvaluationTimeout } from '../guard-errors.ts';
import type { GuardedEvaluation } from '../guarded-evaluation.ts';
import {
  append,
  apply,
  builtinGetter,
  includes,
  isObject,
  isRegExp,
  ownProperty,
  slice,
  uncurry,
} from '../intrinsics.ts';
import type { BuiltinTable } from './builtin-table.ts';
import { expandReplacement } from './replacement.ts';

const MAX_PATTERN_LENGTH = 10_000;
const OwnRegExp = RegExp;

/** The time of compiling grows at least with the length of the pattern, and V8 cannot be stopped meanwhile. */
export function makePattern(source: string, flags: string): RegExp {
  if (source.length > MAX_PATTERN_LENGTH)
    throw new EvaluationTimeout(`the pattern is longer than ${MAX_PATTERN_LENGTH}`);
  return new OwnRegExp(source, flags);
}

const exec = uncurry(RegExp.prototype.exec);
const sourceGetter = builtinGetter(RegExp.prototype, 'source');
const FLAGS = [
  'hasIndices',
  'global',
  'ignoreCase',
  'multiline',
  'dotAll',
  'unicode',
  'unicodeSets',
  'sticky',
] as const;
const LETTERS = ['d', 'g', 'i', 'm', 's', 'u', 'v', 'y'] as const;
const flagGetters = FLAGS.map((flag) => builtinGetter(RegExp.prototype, flag));

export function regExpSource(pattern: RegExp): string {
  return sourceGetter === undefined ? '' : `${apply(sourceGetter, pattern, []) as string}`;
}

export function regExpFlags(pattern: RegExp): string {
  let flags = '';
  for (let index = 0; index < LETTERS.length; index++) {
    const getter = flagGetters[index];
    if (getter !== undefined && apply(getter, pattern, []) === true) flags += LETTERS[index];
  }
  return flags;
}

/** @returns a copy of a regular expression: matching changes `lastIndex`, and that of the application must stay as it is. */
function copy(pattern: RegExp): { pattern: RegExp; global: boolean; moving: boolean } {
  const flags = regExpFlags(pattern);
  const own = new OwnRegExp(regExpSource(pattern), flags);
  const global = includes(flags, 'g');
  return { pattern: own, global, moving: global || includes(flags, 'y') };
}

function lastIndex(pattern: RegExp): number {
  const property = ownProperty(pattern, 'lastIndex');
  return property !== undefined && !property.isAccessor && typeof property.value === 'number' ? property.value : 0;
}

function execOnce(pattern: RegExp, text: string): RegExpExecArray | null {
  const own = copy(pattern);
  if (own.moving) own.pattern.lastIndex = lastIndex(pattern);
  return exec(own.pattern, text);
}

/** Visits every match from the start; after an empty match the search goes on one character later. */
function each(
  evaluation: GuardedEvaluation,
  pattern: RegExp,
  text: string,
  take: (match: RegExpExecArray) => boolean,
): void {
  const own = new OwnRegExp(regExpSource(pattern), withGlobal(regExpFlags(pattern)));
  for (let match = exec(own, text); match !== null; match = exec(own, text)) {
    evaluation.tick();
    if (!take(match)) return;
    if (match[0] === '') own.lastIndex++;
  }
}

const withGlobal = (flags: string): string => (includes(flags, 'g') ? flags : `${flags}g`);

export const matchOnce = (evaluation: GuardedEvaluation, pattern: RegExp, text: string): unknown => {
  if (!copy(pattern).global) return execOnce(pattern, text);
  const found: string[] = [];
  each(evaluation, pattern, text, (match) => {
    append(found, match[0]);
    return true;
  });
  return found.length === 0 ? null : evaluation.own(found);
};

export const matchAll = (evaluation: GuardedEvaluation, pattern: RegExp, text: string): unknown => {
  if (!copy(pattern).global) throw new TypeError('String.prototype.matchAll called with a non-global RegExp argument');
  const found: unknown[] = [];
  each(evaluation, pattern, text, (match) => {
    append(found, match);
    return true;
  });
  return evaluation.own(found);
};

export const searchMatch = (_: GuardedEvaluation, pattern: RegExp, text: string): number => {
  const own = copy(pattern).pattern;
  return exec(own, text)?.index ?? -1;
};

export function replaceMatches(
  evaluation: GuardedEvaluation,
  pattern: RegExp,
  text: string,
  replacement: unknown,
): string {
  const { global } = copy(pattern);
  let result = '';
  let end = 0;
  const take = (match: RegExpExecArray): boolean => {
    const groups = match.groups;
    result +=
      slice(text, end, match.index) + expandReplacement(evaluation, replacement, text, match.index, match, groups);
    evaluation.refuseLength(result.length);
    end = match.index + match[0].length;
    return global;
  };
  each(evaluation, pattern, text, take);
  return result + slice(text, end);
}

export function splitMatches(evaluation: GuardedEvaluation, pattern: RegExp, text: string, limit: number): string[] {
  const parts: string[] = [];
  evaluation.own(parts);
  if (limit === 0) return parts;
  let start = 0;
  each(evaluation, pattern, text, (match) => {
    const end = match.index + match[0].length;
    if (end === start || match.index >= text.length) return true;
    append(parts, slice(text, start, match.index));
    for (let group = 1; group < match.length && parts.length < limit; group++) append(parts, match[group] as string);
    start = end;
    return parts.length < limit;
  });
  if (parts.length < limit) append(parts, slice(text, start));
  return parts;
}

function thisRegExp(self: unknown): RegExp {
  if (isObject(self) && isRegExp(self)) return self;
  throw new TypeError('the receiver is not a regular expression');
}

export function addRegExps(table: BuiltinTable): void {
  table.add(RegExp.prototype, 'test', (fn) => (evaluation, self, args) => {
    const pattern = thisRegExp(self);
    const text = evaluation.string(args[0]);
    evaluation.charge(text.length);
    return evaluation.unbounded(fn, self, args, () => execOnce(pattern, text) !== null);
  });
  table.add(RegExp.prototype, 'exec', (fn) => (evaluation, self, args) => {
    const pattern = thisRegExp(self);
    const text = evaluation.string(args[0]);
    evaluation.charge(text.length);
    evaluation.cuts.add(text, '(piece)');
    return evaluation.unbounded(fn, self, args, () => execOnce(pattern, text));
  });
  // Like the language's own getter it reads each flag by name; through the guard, as the application may have put getters there.
  table.addGetter(RegExp.prototype, 'flags', () => (evaluation, self) => {
    const pattern = thisRegExp(self);
    let flags = '';
    for (let index = 0; index < FLAGS.length; index++) {
      const isSet = flagGetters[index] === undefined ? false : evaluation.read(pattern, FLAGS[index] ?? '');
      if (evaluation.truth(isSet)) flags += LETTERS[index];
    }
    return flags;
  });
  table.add(RegExp.prototype, 'toString', () => (_, self) => {
    const pattern = thisRegExp(self);
    return `/${regExpSource(pattern)}/${regExpFlags(pattern)}`;
  });
}
