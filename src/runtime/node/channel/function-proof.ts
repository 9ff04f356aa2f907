import type { Site } from './positions.ts';

/** Where the parameters of a function begin, and which of the wanted names are variables around it: by scope, innermost first. */
export interface FunctionPlace extends Site {
  readonly names: readonly (readonly string[])[];
  readonly hasWith: boolean;
  /** URL of the script. */
  readonly url: string;
}

/** A function of Node.js itself: it may run as it is, or the runtime does the same in its place. */
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
      /** The one of `captured` that is the function itself. */
      readonly ownName?: string;
      /** Whether the function uses no outer variables, so that the proof holds for every function with the same source. */
      readonly isClosed: boolean;
    }
  /** The function only returns an outer variable, so that it may run as it is. */
  | { readonly returns: string }
  | { readonly ofNode: NodeFunction }
  | { readonly refusal: string; readonly isTemporary?: boolean; readonly isClosed?: boolean };
