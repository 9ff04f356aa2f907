import type { Callable } from '../intrinsics.ts';
import type { Marker } from '../markers.ts';

/** How far the application's functions may be called: not at all, under the guard, or also in a pause under V8's side-effect check. */
export type CallLevel = 'PropertiesOnly' | 'Proven' | 'Checked';

/** A function of the application whose source holds only what the guard can check while it runs. */
export interface Proven {
  /** Its body as guard operations; `free` are the values of the outer variables that it uses, which never change. */
  readonly run: (guard: unknown, self: unknown, args: unknown[], free: readonly unknown[]) => unknown;
  readonly free: readonly unknown[];
  /** Variables that the body reads. When one of them has a redacted name, the function is not called. */
  readonly names: readonly string[];
  /** Whether `this` has to be an object: sloppy code gets another `this` than it is called with where that is none. */
  readonly needsObject: boolean;
  /** How many further calls do not run under the guard, because an earlier one took too many steps. */
  skip: number;
}

/** Proofs by function; else why there is none, as the end of a sentence (`assigns this.id (line 2)`), or undefined while unknown. */
export interface ProofSource {
  of(fn: Callable): Proven | string | undefined;
}

/** Thrown when a function that runs under the guard is about to do what the guard does not allow; no effect has happened. */
export class Unproven {
  readonly message: string;
  /** Whether the message names the function; else it is the end of a sentence about the function that runs. */
  readonly isNamed: boolean;

  constructor(message: string, isNamed = false) {
    this.message = message;
    this.isNamed = isNamed;
  }
}

/** Thrown when a value that must not be read would decide where a proven function goes on, so that its result must not be shown. */
export class Hidden {
  readonly marker: Marker;

  constructor(found: Marker) {
    this.marker = found;
  }
}
