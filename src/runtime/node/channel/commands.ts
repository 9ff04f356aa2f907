import type { PlacementKind } from '../../../api/instance-state.ts';
import type { ArmingRefusal } from './arming-refusal.ts';
import type { FunctionPlace, ProofAnswer } from './function-proof.ts';
import type { BreakLocation, Position } from './positions.ts';
import type { ProbePlan } from './probe-plan.ts';

/** Messages from the worker to the application's thread. Each is answered by one reply. */
export type Command =
  /** Does what the placement cannot do without, such as enabling the debugger, and reports scripts from then on. */
  | { readonly type: 'enable'; readonly placement: PlacementKind; readonly maxStallMilliseconds: number }
  /** Makes the placement's hooks cheap to install, if the process may stand long enough for that now. */
  | { readonly type: 'prepare'; readonly placement: PlacementKind; readonly maxStallMilliseconds: number }
  /** Lets V8 optimize functions again that it was asked about. */
  | { readonly type: 'release'; readonly maxStallMilliseconds: number }
  /** Does the next step of the placement's warm-up, if there is one; each is as short as a hit. */
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
  /** Places further hooks of a probe, after the answer `more`. */
  | { readonly type: 'goOn'; readonly uid: string; readonly again: boolean }
  | { readonly type: 'disarm'; readonly uid: string }
  /** Watches exceptions again for a probe, after an `unwatched` notice. */
  | { readonly type: 'watch'; readonly uid: string }
  /** Tells whether the exception of a `thrown` notice leaves the function. */
  | { readonly type: 'settle'; readonly uid: string; readonly ticket: number; readonly leaves: boolean }
  /** Asks where the function of a `prove` notice is, and which of the names are variables around it. */
  | { readonly type: 'scopes'; readonly id: number; readonly wanted: readonly string[] }
  | { readonly type: 'proof'; readonly id: number; readonly answer: ProofAnswer }
  | { readonly type: 'disable' }
  /** Asks for a health sample. */
  | { readonly type: 'health' }
  /** Tells that the worker is about to end; `refused` when the agent does not want this process. */
  | { readonly type: 'end'; readonly refused: boolean };

export interface CommandEnvelope {
  readonly id: number;
  readonly command: Command;
}

/** How busy the process is: milliseconds that its event loop has worked and waited since it began, and bytes of heap. */
export interface HealthSample {
  readonly active: number;
  readonly idle: number;
  readonly usedHeap: number;
  readonly heapLimit: number;
  /** Whether the thread had to be interrupted for the answer, since its event loop did not read the command. */
  readonly isInterrupted?: boolean;
}

/** How far placing got: undefined when all is placed, `more` when `goOn` has to place the rest, or why it is refused. */
export type Placing = 'more' | ArmingRefusal | undefined;

export interface CommandAnswers {
  enable: ArmingRefusal | undefined;
  prepare: undefined;
  /** Whether there are more functions to release. */
  release: boolean;
  goOn: Placing;
  /** Whether there are more steps. */
  warmUp: boolean;
  possible: BreakLocation[];
  source: string;
  arm: Placing;
  /** Milliseconds to wait longer where the budget of the process is still used up; else how far placing got. */
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
