import type { RawCapture } from '../../../channel/raw-values.ts';
import type { CaptureLimits } from '../../capture/capture.ts';
import type { ReturnVariables } from '../../capture/snapshot.ts';
import type { Pause } from '../../debugger/pause.ts';
import type { Guard } from '../../guard/guard.ts';
import type { Expression } from '../../placement/hook-hit.ts';

/** Limits of each value of a hit, without the deadline. */
export type ValueLimits = Omit<CaptureLimits, 'deadline'>;

/** Counts roughly the bytes that have been captured for the current hit. */
export interface Taken {
  bytes: number;
}

/** What a kind needs to capture a hit in a pause. */
export interface CaptureSubject {
  readonly guard: Guard;
  /** Variables that V8 no longer shows at the site, where the function returns. */
  readonly variables: ReturnVariables | undefined;
  /** Reads the private fields with the names in `privates`. */
  readonly reader: Expression | undefined;
  readonly privates: readonly string[];
  /** Number of expressions that are evaluated after the capture, and need time of the pause. */
  readonly expressions: number;
}

export interface Captured {
  readonly capture: Omit<RawCapture, 'pauseMicroseconds'>;
  /** Whether the capture has no value of the variables that it is about. */
  readonly isEmpty: boolean;
}

/** What differs between kinds of probes at a hit: one file for each kind, and one line in kinds.ts. */
export interface KindBehavior {
  readonly valueLimits: ValueLimits;
  /** Whether a hit that counts needs a pause in any case, since only a pause shows what the kind reports. */
  readonly needsPause: boolean;
  /** Milliseconds of a pause that the condition has to leave to the capture. */
  readonly captureMilliseconds: number;
  /** @returns undefined where the kind reports nothing but its values. */
  capture(pause: Pause, subject: CaptureSubject): Captured | undefined;
}
