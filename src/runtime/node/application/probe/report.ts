import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import { OUTSTANDING, OUTSTANDING_BYTES } from '../../channel/control-block.ts';
import type { Counters } from '../../channel/counters.ts';
import type { Notice } from '../../channel/notices.ts';
import type { Site } from '../../channel/positions.ts';
import type { ProbePlan } from '../../channel/probe-plan.ts';
import type { Evaluated, RawCapture, TraceContext } from '../../channel/raw-values.ts';
import { atomicAdd } from '../guard/intrinsics.ts';
import type { HitLimits } from './hit-limits.ts';

/** Rough bytes of a result beside its values. */
const BYTES_PER_RESULT = 512;

/** What is reported of one hit. */
export interface Seen {
  readonly site: Site;
  readonly values: Evaluated[];
  readonly trace: TraceContext | undefined;
  readonly capture: RawCapture | undefined;
  /** Rough bytes of its values. */
  readonly bytes: number;
}

/** Last step of a hit: counts it and sends it to the worker. After the last hit that is allowed, the probe leaves the code. */
export class Report {
  readonly #probe: WireProbe;
  readonly #redactionHash: string | undefined;
  readonly #control: Int32Array;
  readonly #counters: Counters;
  readonly #limits: HitLimits;
  readonly #wallClock: () => number;
  readonly #notify: (notice: Notice) => void;
  readonly #onLast: () => void;

  constructor(
    { probe, redactionHash }: Pick<ProbePlan, 'probe' | 'redactionHash'>,
    control: Int32Array,
    counters: Counters,
    limits: HitLimits,
    wallClock: () => number,
    notify: (notice: Notice) => void,
    onLast: () => void,
  ) {
    this.#probe = probe;
    this.#redactionHash = redactionHash;
    this.#control = control;
    this.#counters = counters;
    this.#limits = limits;
    this.#wallClock = wallClock;
    this.#notify = notify;
    this.#onLast = onLast;
  }

  send({ site, values, trace, capture, bytes: taken }: Seen): void {
    const { uid, generation } = this.#probe;
    this.#counters.addHit();
    const bytes = BYTES_PER_RESULT + taken;
    atomicAdd(this.#control, OUTSTANDING, 1);
    atomicAdd(this.#control, OUTSTANDING_BYTES, bytes);
    const time = this.#wallClock();
    const hit = { type: 'hit', uid, generation, time, site, values, trace, capture, bytes } as const;
    const redactionHash = this.#redactionHash;
    // What is not said need not be copied to the worker.
    this.#notify(redactionHash === undefined ? hit : { ...hit, redactionHash });
    const { takenBack } = this.#counters;
    if (!this.#limits.areHitsUsedUp) return;
    this.#onLast();
    this.#notify({ type: 'finished', uid, takenBack });
  }
}
