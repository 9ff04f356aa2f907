import type { RawCapture } from '../../../channel/raw-values.ts';
import type { CaptureLimits } from '../../capture/capture.ts';
import type { ReturnVariables } from '../../capture/snapshot.ts';
import type { Pause } from '../../debugger/pause.ts';
import type { Guard } from '../../guard/guard.ts';
import type { Expression } from '../../placement/hook-hit.ts';

/** Bounds of the values of a hit, but for its deadline. */
export type ValueLimits = Omit<CaptureLimits, 'deadline'>;

/** Is told roughly what has been taken for the hit at hand. */
export interface Taken {
  bytes: number;
}

/** What a hit captures of in a pause. */
export interface CaptureSubject {
  readonly guard: Guard;
  /** Variables that V8 shows no more at the site. */
  readonly variables: ReturnVariables | undefined;
  /** Reads the private fields of those names. */
  readonly reader: Expression | undefined;
  readonly privates: readonly string[];
  /** Expressions that are to have time after it. */
  readonly expressions: number;
}

export interface Captured {
  readonly capture: Omit<RawCapture, 'pauseMicroseconds'>;
  /** It has nothing of the variables that it is about. */
  readonly isEmpty: boolean;
}

/** What differs between kinds of probes at a hit: one file each, and one line in kinds.ts. */
export interface ProbeKind {
  readonly valueLimits: ValueLimits;
  /** Whether a hit that counts is looked at with the thread standing, since what it shows cannot be had otherwise. */
  readonly needsPause: boolean;
  /** Milliseconds of a pause that the condition leaves to what is captured. */
  readonly captureMilliseconds: number;
  /** @returns undefined where the kind has nothing but its values. */
  capture(pause: Pause, subject: CaptureSubject): Captured | undefined;
}
