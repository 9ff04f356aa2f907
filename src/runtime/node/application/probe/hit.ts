import type { Moment } from '../budget/thread-clock.ts';
import type { HookHit } from '../placement/hook-hit.ts';
import type { Point } from './points.ts';

/** One hit of a probe on its way from the gate to the report, which may lead through a pause. */
export interface Hit {
  readonly point: Point;
  /** What the placement gives. */
  readonly given: HookHit;
  readonly started: Moment;
  /** `$elapsed`. */
  readonly elapsed: unknown;
  /** Whether the condition was true and the limits have counted the hit, so that a pause does not do so again. */
  counted: boolean;
}
