import type { Guard } from '../guard-operations.ts';
import type { GuardedEvaluation } from '../guarded-evaluation.ts';
import { apply, isObject } from '../intrinsics.ts';
import { GETTER, PROXY, Tainted } from '../markers.ts';
import { readProperty } from '../read.ts';
import { Hidden, Unproven } from './proof-source.ts';
import { createStatements, type Statements } from './proven-statements.ts';

type Calls = Pick<Guard, 'call' | 'invoke' | 'construct'> & {
  readonly read: (object: unknown, key: unknown) => unknown;
};

/** Leaves a function that meets an unread getter or a Proxy to a checked call, since its result cannot be computed under the guard. */
function known(value: unknown): unknown {
  if (value === GETTER) throw new Unproven('reads a getter');
  if (value === PROXY) throw new Unproven('meets a Proxy');
  return value;
}

/** Wraps calls: one that meets a marker may have done a part of its work already, so the whole function ends, with {@link Hidden}. */
function whole<Args extends unknown[]>(operation: (...args: Args) => unknown): (...args: Args) => unknown {
  return (...args) => {
    try {
      return known(apply(operation, undefined, args));
    } catch (error) {
      if (!(error instanceof Tainted)) throw error;
      known(error.marker);
      throw new Hidden(error.marker);
    }
  };
}

function checked<Args extends unknown[]>(operation: (...args: Args) => unknown): (...args: Args) => unknown {
  return (...args) => known(apply(operation, undefined, args));
}

/**
 * Makes the guard that the bodies of proven functions call. Getters of the application are called like functions here: they run
 * under the guard too, or not at all.
 * @param calls that throw {@link Tainted} for a marker, where the calls of `guard` yield it.
 */
export function createBodyGuard(evaluation: GuardedEvaluation, guard: Guard, calls: Calls): Guard & Statements {
  const plain = (object: unknown, key: unknown) => {
    try {
      return readProperty(object, evaluation.key(key));
    } catch (error) {
      if (error instanceof Tainted) return error.marker;
      throw error;
    }
  };
  return {
    ...guard,
    ...createStatements(evaluation),
    call: whole(calls.call),
    invoke: whole(calls.invoke),
    construct: whole(calls.construct),
    get: (object, key) => {
      const value = plain(object, key);
      // A getter is called like other functions.
      return value === GETTER && isObject(object) ? whole(calls.read)(object, key) : known(value);
    },
    binary: checked(guard.binary),
    unary: checked(guard.unary),
    template: checked(guard.template),
    spread: checked(guard.spread),
    object: checked(guard.object),
    list: checked(guard.list),
    element: checked(guard.element),
    rest: checked(guard.rest),
  };
}
