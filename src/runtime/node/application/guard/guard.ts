import type { CutTexts } from '../../../../redaction/cut-secrets.ts';
import { isRedactedName } from '../../../../redaction/identifiers.ts';
import { enumerableKeys } from './builtins/object.ts';
import { PURE_BUILTINS } from './builtins/pure-builtins.ts';
import { regExpFlags, regExpSource } from './builtins/regexp.ts';
import { EvaluationTimeout, SideEffectRefused } from './guard-errors.ts';
import { GuardedEvaluation, type GuardOptions } from './guarded-evaluation.ts';
import {
  append,
  apply,
  type Callable,
  construct,
  define,
  hide,
  isArray,
  isDate,
  isObject,
  isProxy,
  isRegExp,
  withoutInherited,
} from './intrinsics.ts';
import { GETTER, isMarker, PROXY, REDACTED, Sealed, Tainted, UNAVAILABLE } from './markers.ts';
import { binaryOperation, unaryOperation } from './operators.ts';
import { createBodyGuard } from './proven/proven-body.ts';
import { isGlobalAccessor, readHidden, readProperty } from './read.ts';

export { EvaluationTimeout, GuardRefusal, NeedsPause, NotCalled, SideEffectRefused } from './guard-errors.ts';
export type { GuardOptions } from './guarded-evaluation.ts';
export { GETTER, isMarker, type Marker, PROXY, REDACTED, UNAVAILABLE } from './markers.ts';
export type { CallLevel, ProofSource, Proven } from './proven/proof-source.ts';

/**
 * What compiled expressions (language/javascript/compile-expression.ts) call for every operation. Operations throw what the language would throw
 * (TypeError, ReferenceError, RangeError), NeedsPause, or GuardRefusal; a marker that takes part comes back as the result.
 */
export interface Guard {
  /** What Davylamp offers to expressions; set by the engine before it evaluates. */
  $trace: unknown;
  $elapsed: unknown;
  $return: unknown;
  $error: unknown;
  /** Reads a variable whose scope V8 has left at the place; set like those. */
  left: (name: string) => unknown;
  readonly redacted: unknown;
  readonly getter: unknown;
  /** Starts the count of steps anew, for the next hit. */
  reset(): void;
  /** The texts that were cut since this was last asked. */
  cuts(): CutTexts | undefined;
  accessor(name: string): boolean;
  get(object: unknown, key: unknown, name?: string): unknown;
  /** A private field or method; `has` and `read` are made where its name is known. */
  private(object: unknown, name: string, has: (object: object) => boolean, read: (object: object) => unknown): unknown;
  /** A variable, or a property, with a redacted name, sealed. */
  hidden(value: unknown): unknown;
  hiddenOf(object: unknown, key: string): unknown;
  optional(value: unknown, rest: (value: unknown) => unknown): unknown;
  call(object: unknown, key: unknown, args: unknown[], name?: string): unknown;
  invoke(fn: unknown, self: unknown, args: unknown[], name?: string): unknown;
  construct(type: unknown, args: unknown[], name?: string): unknown;
  arrow<T extends Callable>(fn: T): T;
  binary(operator: string, left: unknown, right: unknown): unknown;
  unary(operator: string, value: unknown): unknown;
  and(left: unknown, right: () => unknown): unknown;
  or(left: unknown, right: () => unknown): unknown;
  coalesce(left: unknown, right: () => unknown): unknown;
  conditional(test: unknown, yes: () => unknown, no: () => unknown): unknown;
  template(texts: string[], values: unknown[]): unknown;
  spread(values: unknown[], spread: number[]): unknown;
  /** @param isBare whether it has no prototype. */
  object(parts: unknown[][], isBare?: boolean): unknown;
  fallback(value: unknown, otherwise: () => unknown): unknown;
  /** What is taken apart like an array. */
  list(value: unknown): unknown;
  element(list: unknown, index: number): unknown;
  rest(list: unknown, index: number): unknown;
}

/** Methods that look a value up by name, whatever they are made of: Headers, URLSearchParams, Express requests. */
const LOOKUPS: Readonly<Record<string, true>> = Object.freeze(
  Object.assign(Object.create(null), { get: true, getAll: true, getHeader: true, header: true }),
);

const MAX_PATTERN_LENGTH = 10_000;
/** Longer ones take time to look up. */
const LONGEST_KEY = 1000;

const { create } = Object;
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

function constructValue(evaluation: GuardedEvaluation, type: unknown, args: unknown[], name: string): unknown {
  evaluation.tick();
  evaluation.refuseMarkers(type, undefined, args);
  if (type === OwnDate) {
    const parts: unknown[] = [];
    for (let index = 0; index < args.length; index++) {
      const part = args[index];
      append(
        parts,
        evaluation.primitive(part, args.length === 1 && !(isObject(part) && isDate(part)) ? 'default' : 'number'),
      );
    }
    return construct(OwnDate, parts);
  }
  if (type === OwnMap) {
    const map = evaluation.own(new OwnMap());
    const entries = args[0] === undefined || args[0] === null ? [] : evaluation.iterate(args[0]);
    for (let index = 0; index < entries.length; index++) {
      apply(setInMap, map, [readProperty(entries[index], '0'), readProperty(entries[index], '1')]);
    }
    return map;
  }
  if (type === OwnSet) {
    const set = evaluation.own(new OwnSet());
    const values = args[0] === undefined || args[0] === null ? [] : evaluation.iterate(args[0]);
    for (let index = 0; index < values.length; index++) apply(addToSet, set, [values[index]]);
    return set;
  }
  if (type === OwnRegExp) {
    const pattern = args[0];
    const isPattern = isObject(pattern) && isRegExp(pattern);
    const source = isPattern ? regExpSource(pattern) : pattern === undefined ? '(?:)' : evaluation.string(pattern);
    const flags = args[1] === undefined ? (isPattern ? regExpFlags(pattern) : '') : evaluation.string(args[1]);
    // Compiling takes as long as the pattern is, or longer, and cannot be stopped.
    if (source.length > MAX_PATTERN_LENGTH)
      throw new EvaluationTimeout(`the pattern is longer than ${MAX_PATTERN_LENGTH}`);
    return new OwnRegExp(source, flags);
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
    // Where it was made is our own code.
    hide(made, 'stack', `${ERROR_NAMES[index]}: ${message}`);
    return made;
  }
  throw new SideEffectRefused(`new ${name} would run a constructor of the application`);
}

/** The properties of a spread object, one by one through guarded reads. */
function copyFields(evaluation: GuardedEvaluation, from: unknown, to: object): void {
  if (isMarker(from)) throw new Tainted(from);
  if (!isObject(from)) return;
  if (isProxy(from)) throw new Tainted(PROXY);
  const keys = enumerableKeys(evaluation, from);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? '';
    define(to, key, readProperty(from, key));
  }
}

const seal = (value: unknown): unknown => (isMarker(value) ? value : new Sealed(value));

/** An operation whose operands are markers, or meet one on the way, yields that marker. */
function guarded<Args extends unknown[]>(operation: (...args: Args) => unknown): (...args: Args) => unknown {
  return (...args) => {
    try {
      return apply(operation, undefined, args);
    } catch (error) {
      if (error instanceof Tainted) return error.marker;
      throw error;
    }
  };
}

/** A guard for one evaluation at a time; `reset` makes it ready for the next. */
export function createGuard(options: GuardOptions): Guard {
  const evaluation = new GuardedEvaluation(options, PURE_BUILTINS);

  const call = (object: unknown, key: unknown, args: unknown[], name?: string) => {
    if (isMarker(args)) throw new Tainted(args);
    const property = evaluation.key(key);
    const argument = args.length > 0 ? args[0] : undefined;
    if (
      typeof argument === 'string' &&
      typeof property === 'string' &&
      LOOKUPS[property] === true &&
      isRedactedName(argument)
    ) {
      return REDACTED;
    }
    return evaluation.invoke(evaluation.read(object, property), object, args, name);
  };
  const invoke = (fn: unknown, self: unknown, args: unknown[], name?: string) => {
    if (isMarker(args)) throw new Tainted(args);
    return evaluation.invoke(fn, self, args, name);
  };
  const make = (type: unknown, args: unknown[], name?: string) => {
    if (isMarker(args)) throw new Tainted(args);
    return constructValue(evaluation, type, withoutInherited(args), name ?? 'value');
  };

  const read = (object: unknown, key: unknown) => evaluation.read(object, evaluation.key(key));

  const guard: Guard = {
    $trace: undefined,
    $elapsed: undefined,
    $return: undefined,
    $error: undefined,
    left: () => UNAVAILABLE,
    redacted: REDACTED,
    getter: GETTER,
    reset: () => evaluation.reset(),
    cuts: () => evaluation.cuts.take(),
    accessor: isGlobalAccessor,
    get: guarded((object: unknown, given: unknown) => {
      const key = typeof given === 'string' && given.length < LONGEST_KEY ? given : evaluation.key(given);
      if (typeof object === 'string' && typeof key !== 'symbol' && +key >= 0) evaluation.cuts.add(object);
      return evaluation.read(object, key);
    }),
    private: (object, name, has, read) => {
      if (isMarker(object)) return object;
      if (isObject(object) && has(object)) return read(object);
      throw new TypeError(`Cannot read private member ${name} from an object whose class did not declare it`);
    },
    hidden: seal,
    hiddenOf: guarded((object: unknown, key: string) => seal(readHidden(object, key))),
    optional: (value, rest) =>
      value === undefined || value === null || isMarker(value) ? (value ?? undefined) : rest(value),
    call: guarded(call),
    invoke: guarded(invoke),
    construct: guarded(make),
    arrow: (fn) => evaluation.arrow(fn),
    binary: guarded((operator: string, left: unknown, right: unknown) => {
      if (isMarker(left)) return left;
      if (isMarker(right)) return right;
      return binaryOperation(evaluation, operator, left, right);
    }),
    unary: guarded((operator: string, value: unknown) =>
      isMarker(value) ? value : unaryOperation(evaluation, operator, value),
    ),
    and: (left, right) => (isMarker(left) || !left ? left : right()),
    or: (left, right) => (isMarker(left) || left ? left : right()),
    coalesce: (left, right) => left ?? right(),
    conditional: (test, yes, no) => (isMarker(test) ? test : test ? yes() : no()),
    template: guarded((texts: string[], values: unknown[]) => {
      let text = texts[0] ?? '';
      for (let index = 0; index < values.length; index++) {
        text += evaluation.string(values[index]) + (texts[index + 1] ?? '');
        evaluation.refuseLength(text.length);
      }
      return text;
    }),
    spread: guarded((values: unknown[], spread: number[]) => {
      const list: unknown[] = [];
      for (let index = 0, at = 0; index < values.length; index++) {
        if (at >= spread.length || spread[at] !== index) {
          append(list, values[index]);
          continue;
        }
        at++;
        const items = evaluation.iterate(values[index]);
        for (let item = 0; item < items.length; item++) append(list, items[item]);
      }
      return evaluation.own(list);
    }),
    object: guarded((parts: unknown[][], isBare?: boolean) => {
      const made: object = evaluation.own(isBare === true ? create(null) : {});
      for (let index = 0; index < parts.length; index++) {
        const part = parts[index] ?? [];
        if (part.length === 1) copyFields(evaluation, part[0], made);
        else define(made, evaluation.key(part[0]), part[1]);
      }
      return made;
    }),
    fallback: (value, otherwise) => (value === undefined ? otherwise() : value),
    list: guarded((value: unknown) =>
      isMarker(value) || (isObject(value) && !isProxy(value) && isArray(value)) ? value : evaluation.iterate(value),
    ),
    element: guarded((list: unknown, index: number) => {
      if (isMarker(list)) return list;
      const items = list as readonly unknown[];
      return index < items.length ? evaluation.itemOf(items, index) : undefined;
    }),
    rest: guarded((list: unknown, index: number) => {
      if (isMarker(list)) return list;
      const items = evaluation.iterate(list);
      const rest: unknown[] = [];
      for (let at = index; at < items.length; at++) append(rest, items[at]);
      return evaluation.own(rest);
    }),
  };
  evaluation.makeGuard = () => createBodyGuard(evaluation, guard, { call, invoke, construct: make, read });
  return guard;
}
