import type { Callable } from '../intrinsics.ts';
import type { Marker } from '../markers.ts';

/** How far calls of the application's functions may go: not at all, under the guard, or also in a pause under V8's check. */
export type CallLevel = 'PropertiesOnly' | 'Proven' | 'Checked';

/** A function of the application whose source holds only what the guard can check while it runs. */
export interface Proven {
  /** Its body as guard operations; `free` are the values of variables around it that never change. */
  readonly run: (guard: unknown, self: unknown, args: unknown[], free: readonly unknown[]) => unknown;
  readonly free: readonly unknown[];
  /** Variables that the body reads: when one of them is hidden, so is the result. */
  readonly names: readonly string[];
  /** Sloppy code gets another receiver where there is no object. */
  readonly needsObject: boolean;
  /** Calls that are not run under the guard, because it took too many steps lately. */
  skip: number;
}

/** Proofs by function: why there is none as the end of a sentence (`assigns this.id (line 2)`), or undefined while nobody knows. */
export interface ProofSource {
  of(fn: Callable): Proven | string | undefined;
}

/** The function that is run under the guard turns out to do what the guard cannot allow; no effect has happened. */
export class Unproven {
  readonly message: string;
  /** Whether the message names the function; else it is the end of a sentence about the one that runs. */
  readonly isNamed: boolean;

  constructor(message: string, isNamed = false) {
    this.message = message;
    this.isNamed = isNamed;
  }
}

/** Something that must not be read decides where the function goes on, so nothing of its result may be shown. */
export class Hidden {
  readonly marker: Marker;

  constructor(found: Marker) {
    this.marker = found;
  }
}
