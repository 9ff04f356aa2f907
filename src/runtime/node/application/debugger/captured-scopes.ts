import { GLOBAL_KEY } from '../../channel/global-key.ts';
import type { Site } from '../../channel/positions.ts';
import { append, type Callable, isObject, mapped, ownProperty, startsWith } from '../guard/intrinsics.ts';
import type { DebuggerSession } from './debugger-session.ts';

export interface CapturedScopesOf extends Site {
  /** The wanted variables around the function with their values, innermost scope first; those without a value yet are left out. */
  readonly scopes: readonly Readonly<Record<string, unknown>>[];
  readonly hasWith: boolean;
  readonly url: string;
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

  /** The function that the debugger is asked about, which its expression reads through the runtime's key of globalThis. */
  get subject(): Callable | undefined {
    return this.#subject;
  }

  /** @returns the wanted variables; undefined where V8 does not tell. Takes about 0.3 ms. */
  of(fn: Callable, wanted: readonly string[]): CapturedScopesOf | undefined {
    this.#subject = fn;
    try {
      const found = this.#debugger.functionScopes(SUBJECT);
      if (found === undefined) return undefined;
      const ids: string[] = [];
      let hasWith = false;
      for (let index = 0; index < found.scopes.length; index++) {
        const { kind = '', objectId = '' } = found.scopes[index] ?? {};
        hasWith ||= startsWith(kind, 'With');
        if (kind !== 'Global') append(ids, objectId);
      }
      const url = this.#debugger.urlOf(found.site.scriptId);
      return {
        ...found.site,
        scopes: mapped(this.#objectsOf(ids), (scope) => variablesOf(scope, wanted)),
        hasWith,
        url,
      };
    } finally {
      this.#subject = undefined;
      this.#debugger.release();
    }
  }
}

const { create } = Object;
const SUBJECT = `globalThis[${JSON.stringify(GLOBAL_KEY)}].subject()`;

/** @param scope the object by which V8 describes a scope, with its variables as properties. */
function variablesOf(scope: unknown, wanted: readonly string[]): Readonly<Record<string, unknown>> {
  const variables: Record<string, unknown> = create(null);
  const holder = isObject(scope) ? ownProperty(scope, 'object') : undefined;
  if (holder === undefined || holder.isAccessor || !isObject(holder.value)) return variables;
  for (let index = 0; index < wanted.length; index++) {
    const name = wanted[index] ?? '';
    try {
      const property = ownProperty(holder.value, name);
      if (property !== undefined && !property.isAccessor) variables[name] = property.value;
    } catch {
      // The variable has no value yet.
    }
  }
  return variables;
}
