import { enumerableKeys } from './builtins/object.ts';
import { PURE_BUILTINS } from './builtins/pure-builtins.ts';
import { constructValue } from './construct-value.ts';
import { refuseLongText } from './guard-errors.ts';
import type { Guard } from './guard-operations.ts';
import { GuardedEvaluation, type GuardOptions } from './guarded-evaluation.ts';
import { append, apply, define, isArray, isObject, isProxy, withoutInherited } from './intrinsics.ts';
import { iterate } from './iteration.ts';
import { GETTER, isMarker, PROXY, REDACTED, Sealed, Tainted, UNAVAILABLE } from './markers.ts';
import { binaryOperation, unaryOperation } from './operators.ts';
import { createBodyGuard } from './proven/proven-body.ts';
import { isGlobalAccessor, isHiddenKey, readHidden, readProperty } from './read.ts';

export { EvaluationTimeout, GuardRefusal, NeedsPause, NotCalled, SideEffectRefused } from './guard-errors.ts';
export type { Guard } from './guard-operations.ts';
export type { GuardOptions } from './guarded-evaluation.ts';
export { GETTER, isMarker, type Marker, PROXY, REDACTED, UNAVAILABLE } from './markers.ts';
export type { CallLevel, ProofSource, Proven } from './proven/proof-source.ts';

/** Names of methods that look a value up by a name, as in Headers, URLSearchParams and Express requests. */
const LOOKUPS: Readonly<Record<string, true>> = Object.freeze(
  Object.assign(Object.create(null), { get: true, getAll: true, getHeader: true, header: true }),
);

/** Longer keys are refused, since they take time to look up. */
const LONGEST_KEY = 1000;

const { create } = Object;

/** Copies the properties of a spread object, one by one through guarded reads. */
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

/** Wraps an operation so that it yields the marker where one of its operands is a marker, or it meets one on the way. */
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
    if (typeof property === 'string' && LOOKUPS[property] === true && isHiddenKey(argument)) return REDACTED;
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
      if (typeof object === 'string' && typeof key !== 'symbol' && +key >= 0) {
        refuseLongText(object);
        evaluation.cuts.add(object);
      }
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
        const items = iterate(evaluation, values[index]);
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
      isMarker(value) || (isObject(value) && !isProxy(value) && isArray(value)) ? value : iterate(evaluation, value),
    ),
    element: guarded((list: unknown, index: number) => {
      if (isMarker(list)) return list;
      const items = list as readonly unknown[];
      return index < items.length ? evaluation.itemOf(items, index) : undefined;
    }),
    rest: guarded((list: unknown, index: number) => {
      if (isMarker(list)) return list;
      const items = iterate(evaluation, list);
      const rest: unknown[] = [];
      for (let at = index; at < items.length; at++) append(rest, items[at]);
      return evaluation.own(rest);
    }),
  };
  evaluation.makeGuard = () => createBodyGuard(evaluation, guard, { call, invoke, construct: make, read });
  return guard;
}
