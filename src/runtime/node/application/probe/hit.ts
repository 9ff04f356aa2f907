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
  /** The condition is true, and the rate limit has been asked. */
  counted: boolean;
}
