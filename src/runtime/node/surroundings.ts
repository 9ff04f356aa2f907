import type { Calibration } from './calibration.ts';
import type { Governor } from './governor.ts';
import type { ProofSource } from './guard/guard.ts';
import type { Notice } from './messages.ts';
import type { Pauser } from './pauser.ts';
import type { ThreadClock } from './thread-clock.ts';
import type { Watching } from './throw-watch.ts';

/** What an armed probe needs of the engine. */
export interface Surroundings {
  readonly control: Int32Array;
  readonly pauser: Pauser;
  readonly proofs: ProofSource;
  readonly clock: ThreadClock;
  readonly wallClock: () => number;
  readonly notify: (notice: Notice) => void;
  readonly calibration: Calibration;
  readonly watch: Watching;
  readonly governor: Governor;
  /** How many of the probe's hits, over all its armings, are still allowed. */
  readonly remainingHits: () => number;
}
