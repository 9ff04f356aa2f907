import type { Site } from './positions.ts';

/** Position of a function's parameters, and those of the wanted names that are variables around it, by scope, innermost first. */
export interface FunctionPlace extends Site {
  readonly names: readonly (readonly string[])[];
  readonly hasWith: boolean;
  /** Of the script. */
  readonly url: string;
}

/** A function of Node.js itself: one that may run as it is, or one that the runtime does in its place. */
export type NodeFunction = 'asItIs' | 'headers' | 'getHeader' | 'hasHeader' | 'peername';

/** The body of a function as guard operations, or why it has none: `assigns this.id (line 2)`. */
export type ProofAnswer =
  | {
      readonly parameters: readonly string[];
      readonly code: string;
      readonly needsObject: boolean;
      /** Variables that the code reads. */
      readonly names: readonly string[];
      /** Variables around the function whose values the code is given, in that order. */
      readonly captured: readonly string[];
      /** The one of them that is the function itself. */
      readonly ownName?: string;
      /** It uses nothing of the code around it, so that this holds for every function with the same source. */
      readonly isClosed: boolean;
    }
  /** It returns a variable around it and does nothing else, so that it may run as it is. */
  | { readonly returns: string }
  | { readonly ofNode: NodeFunction }
  | { readonly refusal: string; readonly isTemporary?: boolean; readonly isClosed?: boolean };
