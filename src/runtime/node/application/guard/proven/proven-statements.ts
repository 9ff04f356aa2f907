import { GuardRefusal, NeedsPause } from '../guard-errors.ts';
import type { GuardedEvaluation } from '../guarded-evaluation.ts';
import {
  append,
  apply,
  define,
  getPrototypeOf,
  isArray,
  isEnumerable,
  isObject,
  isProxy,
  ownKeys,
  ownProperty,
} from '../intrinsics.ts';
import { iterator } from '../iteration.ts';
import { isMarker, Tainted } from '../markers.ts';
import { binaryOperation } from '../operators.ts';
import { readProperty } from '../read.ts';
import { Hidden, Unproven } from './proof-source.ts';

/**
 * What the bodies of proven functions (worker/proofs/function-compiler.ts) call besides the operations of expressions. A marker
 * that would decide where the function goes on ends the function.
 */
export interface Statements {
  /** What an iterator gives after its last value. */
  readonly end: unknown;
  /** Evaluates the condition of a branch. */
  test(value: unknown): boolean;
  /** Evaluates the condition of a loop: each iteration is a step. */
  turn(value: unknown): boolean;
  /** Gives back a value that is compared or thrown, unless it is a marker. */
  plain(value: unknown): unknown;
  self(value: unknown): object;
  argumentAt(args: readonly unknown[], index: unknown): unknown;
  /** The `arguments` object that strict code has. */
  arguments(args: readonly unknown[]): object;
  iterator(value: unknown): () => unknown;
  /** Gives the names over which `for in` goes, one after the other, then `end`. */
  keysIn(value: unknown): () => unknown;
  refuseEmpty(value: unknown): void;
  /** The rest (`...rest`) of an object that is destructured. */
  omit(value: unknown, keys: readonly unknown[]): unknown;
  set(object: unknown, key: unknown, value: unknown, name: string): unknown;
  update(object: unknown, key: unknown, operator: string, value: () => unknown, name: string): unknown;
  bump(object: unknown, key: unknown, by: 1 | -1, isPrefix: boolean, name: string): unknown;
  step(value: unknown, by: 1 | -1): unknown;
  post(value: unknown, by: 1 | -1, write: (value: unknown) => void): unknown;
  /** Whether an error is the guard's own, which a `catch` of the function must not see; `caught` throws it on. */
  isOurs(error: unknown): boolean;
  caught(error: unknown): void;
}

const { create } = Object;
const END: unknown = Object.freeze(create(null));

function isOurs(error: unknown): boolean {
  return (
    error instanceof Tainted ||
    error instanceof Hidden ||
    error instanceof Unproven ||
    error instanceof NeedsPause ||
    error instanceof GuardRefusal
  );
}

/** Assigns a property of an object that this evaluation made, if nothing but the property changes by it. */
function assign(evaluation: GuardedEvaluation, object: unknown, given: unknown, value: unknown, name: string): unknown {
  if (isMarker(object)) throw new Hidden(object);
  if (object === undefined || object === null) throw new TypeError(`Cannot set properties of ${object}`);
  if (!isObject(object) || !evaluation.isOwn(object)) throw new Unproven(`assigns ${name}`);
  const key = evaluation.key(given);
  if (isArray(object) && key === 'length') {
    if (typeof value !== 'number' || value > object.length) throw new Unproven(`assigns ${name}`);
    object.length = value;
    return value;
  }
  for (let holder: object | null = object; holder !== null; holder = getPrototypeOf(holder)) {
    if (isProxy(holder)) throw new Unproven('meets a Proxy');
    const property = ownProperty(holder, key);
    if (property === undefined) continue;
    if (property.isAccessor) throw new Unproven(`assigns ${name}, which has a setter`);
    break;
  }
  define(object, key, value);
  return value;
}

function keysIn(evaluation: GuardedEvaluation, value: unknown): unknown[] {
  if (isMarker(value)) throw new Hidden(value);
  const found: unknown[] = [];
  if (typeof value === 'string') for (let index = 0; index < value.length; index++) append(found, `${index}`);
  if (!isObject(value)) return found;
  const seen: Record<string, true> = create(null);
  for (let holder: object | null = value; holder !== null; holder = getPrototypeOf(holder)) {
    if (isProxy(holder)) throw new Unproven('meets a Proxy');
    const keys = ownKeys(holder);
    for (let index = 0; index < keys.length; index++) {
      evaluation.tick();
      const key = keys[index];
      if (typeof key !== 'string' || seen[key] === true) continue;
      seen[key] = true;
      if (isEnumerable(holder, key)) append(found, key);
    }
  }
  return found;
}

function step(evaluation: GuardedEvaluation, value: unknown, by: 1 | -1): unknown {
  return typeof value === 'bigint' ? value + (by === 1 ? 1n : -1n) : evaluation.number(value) + by;
}

/** What `x++` yields: the old value as a number. */
function numeric(evaluation: GuardedEvaluation, value: unknown): unknown {
  return typeof value === 'bigint' ? value : evaluation.number(value);
}

function argumentsOf(): object {
  // biome-ignore lint/complexity/noArguments: it is that object that is wanted
  return arguments;
}

export function createStatements(evaluation: GuardedEvaluation): Statements {
  const plain = (value: unknown) => {
    if (isMarker(value)) throw new Hidden(value);
    return value;
  };
  const statements: Statements = {
    end: END,
    test: (value) => !!plain(value),
    turn: (value) => {
      evaluation.tick();
      return !!plain(value);
    },
    plain,
    self: (value) => {
      if (isObject(value)) return value;
      throw new Unproven('calls a function of its own without an object as this');
    },
    argumentAt: (args, index) => {
      if (typeof index !== 'number') return readProperty(args, evaluation.key(index));
      return index >= 0 && index < args.length ? args[index] : undefined;
    },
    arguments: (args) => evaluation.own(apply(argumentsOf, undefined, args as never[]) as object),
    iterator: (value) => iterator(evaluation, value, END),
    keysIn: (value) => {
      const keys = keysIn(evaluation, value);
      let index = 0;
      return () => (index < keys.length ? keys[index++] : END);
    },
    refuseEmpty: (value) => {
      if (value === undefined || value === null)
        throw new TypeError(`Cannot destructure '${value}' as it is ${value}.`);
    },
    omit: (value, keys) => {
      const rest = {};
      evaluation.own(rest);
      if (isMarker(value)) throw new Hidden(value);
      if (!isObject(value)) return rest;
      if (isProxy(value)) throw new Unproven('meets a Proxy');
      const all = ownKeys(value);
      for (let index = 0; index < all.length; index++) {
        evaluation.tick();
        const key = all[index] ?? '';
        let isTaken = false;
        for (let at = 0; at < keys.length; at++) isTaken ||= evaluation.key(keys[at]) === key || `${keys[at]}` === key;
        if (!isTaken && isEnumerable(value, key)) define(rest, key, readProperty(value, key));
      }
      return rest;
    },
    set: (object, key, value, name) => assign(evaluation, object, key, value, name),
    update: (object, given, operator, value, name) => {
      const key = evaluation.key(given);
      const old = readProperty(object, key);
      if (isMarker(old)) throw new Hidden(old);
      if (operator === '&&' || operator === '||' || operator === '??') {
        const isDone = operator === '&&' ? !old : operator === '||' ? !!old : old !== undefined && old !== null;
        return isDone ? old : assign(evaluation, object, key, value(), name);
      }
      return assign(evaluation, object, key, binaryOperation(evaluation, operator, old, plain(value())), name);
    },
    bump: (object, given, by, isPrefix, name) => {
      const key = evaluation.key(given);
      const old = numeric(evaluation, plain(readProperty(object, key)));
      const next = assign(evaluation, object, key, step(evaluation, old, by), name);
      return isPrefix ? next : old;
    },
    step: (value, by) => (isMarker(value) ? value : step(evaluation, value, by)),
    post: (value, by, write) => {
      if (isMarker(value)) return value;
      const old = numeric(evaluation, value);
      write(step(evaluation, old, by));
      return old;
    },
    isOurs,
    caught: (error) => {
      if (isOurs(error)) throw error;
    },
  };
  return statements;
}
