import { makePattern, regExpFlags, regExpSource } from './builtins/regexp.ts';
import { SideEffectRefused } from './guard-errors.ts';
import type { GuardedEvaluation } from './guarded-evaluation.ts';
import { append, apply, type Callable, construct, defineHidden, isDate, isObject, isRegExp } from './intrinsics.ts';
import { iterate } from './iteration.ts';
import { readProperty } from './read.ts';

const OwnDate = Date;
const OwnMap = Map;
const OwnSet = Set;
const OwnRegExp = RegExp;
const OwnArray = Array;
const ERRORS: readonly unknown[] = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];
const ERROR_NAMES: readonly string[] = [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
];
const { set: setInMap } = Map.prototype;
const { add: addToSet } = Set.prototype;

/** Carries out `new` in an expression, for the few types whose constructors run no code of the application. */
export function constructValue(evaluation: GuardedEvaluation, type: unknown, args: unknown[], name: string): unknown {
  evaluation.tick();
  evaluation.refuseMarkers(type, undefined, args);
  if (type === OwnDate) {
    const parts: unknown[] = [];
    for (let index = 0; index < args.length; index++) {
      const part = args[index];
      append(
        parts,
        evaluation.primitive(part, args.length === 1 && isObject(part) && !isDate(part) ? 'default' : 'number'),
      );
    }
    return construct(OwnDate, parts);
  }
  if (type === OwnMap) {
    const map = evaluation.own(new OwnMap());
    const entries = args[0] === undefined || args[0] === null ? [] : iterate(evaluation, args[0]);
    for (let index = 0; index < entries.length; index++) {
      apply(setInMap, map, [readProperty(entries[index], '0'), readProperty(entries[index], '1')]);
    }
    return map;
  }
  if (type === OwnSet) {
    const set = evaluation.own(new OwnSet());
    const values = args[0] === undefined || args[0] === null ? [] : iterate(evaluation, args[0]);
    for (let index = 0; index < values.length; index++) apply(addToSet, set, [values[index]]);
    return set;
  }
  if (type === OwnRegExp) {
    const pattern = args[0];
    const isPattern = isObject(pattern) && isRegExp(pattern);
    const source = isPattern ? regExpSource(pattern) : pattern === undefined ? '(?:)' : evaluation.string(pattern);
    const flags = args[1] === undefined ? (isPattern ? regExpFlags(pattern) : '') : evaluation.string(args[1]);
    return makePattern(source, flags);
  }
  if (type === OwnArray) {
    if (args.length === 1 && typeof args[0] === 'number')
      throw evaluation.unsupported(
        'makes an empty array',
        new RangeError('an empty array of some length cannot be made'),
      );
    return evaluation.own(args);
  }
  for (let index = 0; index < ERRORS.length; index++) {
    if (type !== ERRORS[index]) continue;
    const message = args[0] === undefined ? '' : evaluation.string(args[0]);
    const made = construct(type as Callable, [message]);
    // The stack of the error would show code of the runtime.
    defineHidden(made, 'stack', `${ERROR_NAMES[index]}: ${message}`);
    return made;
  }
  throw new SideEffectRefused(`new ${name} would run a constructor of the application`);
}
