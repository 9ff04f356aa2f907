import type { PlacementKind } from '../../../api/instance-state.ts';
import type { FunctionPlace, ProofAnswer } from './function-proof.ts';
import type { BreakLocation, Position } from './positions.ts';
import type { ProbePlan } from './probe-plan.ts';
import type { Refusal } from './refusal.ts';

/** Worker → application. Each is answered by a reply. */
export type Command =
  /** Gets what the placement cannot do without, as the debugger, and tells of the scripts from then on. */
  | { readonly type: 'enable'; readonly placement: PlacementKind; readonly maxStallMilliseconds: number }
  /** What makes the placement's hooks cheap to install, if the process can stand so long now. */
  | { readonly type: 'prepare'; readonly placement: PlacementKind; readonly maxStallMilliseconds: number }
  /** Brings functions back to speed that V8 was asked about. */
  | { readonly type: 'release'; readonly maxStallMilliseconds: number }
  /** One step of getting ready for hits, if there is one to do; each is as short as a hit. */
  | { readonly type: 'warmUp'; readonly placement: PlacementKind }
  | {
      readonly type: 'possible';
      readonly scriptId: string;
      readonly start: Position;
      readonly end: Position;
    }
  | { readonly type: 'source'; readonly scriptId: string }
  | { readonly type: 'arm'; readonly plan: ProbePlan }
  | { readonly type: 'rearm'; readonly uid: string }
  /** Places more sites of a probe, after `more`. */
  | { readonly type: 'goOn'; readonly uid: string; readonly again: boolean }
  | { readonly type: 'disarm'; readonly uid: string }
  /** Watch exceptions again, for the exits of a function. */
  | { readonly type: 'watch'; readonly uid: string }
  /** Whether the exception of a `thrown` notice leaves the function. */
  | { readonly type: 'settle'; readonly uid: string; readonly ticket: number; readonly leaves: boolean }
  /** Where a function is that the thread asked to have proven, and which of the names are variables around it. */
  | { readonly type: 'scopes'; readonly id: number; readonly wanted: readonly string[] }
  | { readonly type: 'proof'; readonly id: number; readonly answer: ProofAnswer }
  | { readonly type: 'disable' }
  /** How the process is. */
  | { readonly type: 'health' }
  /** The worker is about to end; `refused` when the agent does not want this process. */
  | { readonly type: 'end'; readonly refused: boolean };

export interface CommandEnvelope {
  readonly id: number;
  readonly command: Command;
}

/** How the process is: milliseconds that its loop has worked and waited since it began, and bytes of heap. */
export interface HealthSample {
  readonly active: number;
  readonly idle: number;
  readonly usedHeap: number;
  readonly heapLimit: number;
  /** Whether the thread was interrupted for the answer. */
  readonly isInterrupted?: boolean;
}

/** How far placing got: all is done, `more` is to be done in further turns of the loop, or it is not done. */
export type Placing = 'more' | Refusal | undefined;

export interface CommandAnswers {
  enable: Refusal | undefined;
  prepare: undefined;
  /** Whether there are more. */
  release: boolean;
  goOn: Placing;
  /** Whether there are more steps. */
  warmUp: boolean;
  possible: BreakLocation[];
  source: string;
  arm: Placing;
  /** Milliseconds to wait more, when the budget of the process is still used up. */
  rearm: number | Placing;
  disarm: undefined;
  watch: undefined;
  settle: undefined;
  scopes: FunctionPlace | undefined;
  proof: undefined;
  disable: undefined;
  health: HealthSample;
  end: undefined;
}
