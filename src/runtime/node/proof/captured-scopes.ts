import type { DebuggerSession } from '../debugger-session.ts';
import { type Callable, isObject, ownProperty } from '../guard/guard-intrinsics.ts';
import { GLOBAL_KEY, type Site } from '../messages.ts';

export interface CapturedScopesOf extends Site {
  /** Copies of the variables around the function, innermost first; those that have no value yet are left out. */
  readonly scopes: readonly Readonly<Record<string, unknown>>[];
  readonly hasWith: boolean;
}

/** Asks V8 for the variables that a function uses of the code around it. Needs no pause. */
export class CapturedScopes {
  readonly #debugger: DebuggerSession;
  readonly #objectsOf: (ids: readonly string[]) => readonly unknown[];
  #subject: Callable | undefined;

  /** @param objectsOf gives the raw objects behind ids of the debugger. */
  constructor(session: DebuggerSession, objectsOf: (ids: readonly string[]) => readonly unknown[]) {
    this.#debugger = session;
    this.#objectsOf = objectsOf;
  }

  /** Behind the key of globalThis: what the debugger is asked about. */
  get subject(): Callable | undefined {
    return this.#subject;
  }

  /** @returns undefined where V8 does not say. About 0.3 ms. */
  of(fn: Callable): CapturedScopesOf | undefined {
    this.#subject = fn;
    try {
      const found = this.#debugger.functionScopes(`globalThis[${JSON.stringify(GLOBAL_KEY)}].subject()`);
      if (found === undefined || this.#debugger.urlOf(found.site.scriptId).startsWith('node:')) return undefined;
      const own = found.scopes.filter(({ kind }) => kind !== 'Global');
      const objects = this.#objectsOf(own.map(({ objectId }) => objectId));
      return {
        ...found.site,
        scopes: objects.map(variablesOf),
        hasWith: own.some(({ kind }) => kind.startsWith('With')),
      };
    } finally {
      this.#subject = undefined;
      this.#debugger.release();
    }
  }
}

/** V8 hands over a description of the scope, in which the variables are. */
function variablesOf(scope: unknown): Readonly<Record<string, unknown>> {
  const variables: Record<string, unknown> = Object.create(null);
  const holder = isObject(scope) ? ownProperty(scope, 'object') : undefined;
  if (holder === undefined || holder.isAccessor || !isObject(holder.value)) return variables;
  for (const name of Object.keys(holder.value)) {
    try {
      const property = ownProperty(holder.value, name);
      if (property !== undefined && !property.isAccessor) variables[name] = property.value;
    } catch {
      // It has no value yet.
    }
  }
  return variables;
}
