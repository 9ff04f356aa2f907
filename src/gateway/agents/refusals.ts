import type { Logger } from 'pino';
import type { RefusedReports } from '../fleet/fleet.ts';
import type { PodIdentity } from './identity.ts';

/** Parts of frames that can be refused; the label values of the counter of refusals. */
export const REFUSED = ['results', 'states', 'drops'] as const satisfies readonly RefusedReports['what'][];

/** At most one log line per pod in this time: an agent that forges frames does so all the time. */
const QUIET_MILLISECONDS = 60_000;
/** Pods for which the time of the last log line is remembered. */
const MAX_PODS = 1000;

/** Counts each refusal of what an agent says about probes that its pod does not have, and logs some of them. */
export class Refusals {
  readonly #log: Logger;
  readonly #count: (what: RefusedReports['what'], count: number) => void;
  readonly #now: () => number;
  readonly #told = new Map<string, number>();

  constructor(log: Logger, count: (what: RefusedReports['what'], count: number) => void, now: () => number = Date.now) {
    this.#log = log;
    this.#count = count;
    this.#now = now;
  }

  refused({ namespace, podName, podUID }: PodIdentity, { what, count, probeUID }: RefusedReports): void {
    this.#count(what, count);
    const now = this.#now();
    if (now < (this.#told.get(podUID) ?? 0) + QUIET_MILLISECONDS) return;
    this.#told.delete(podUID);
    this.#told.set(podUID, now);
    for (const uid of this.#told.keys()) {
      if (this.#told.size <= MAX_PODS) break;
      this.#told.delete(uid);
    }
    this.#log.warn(
      { pod: `${namespace}/${podName}`, podUID, what, count, probeUID },
      'an agent spoke of a probe that its pod does not have; it was not listened to',
    );
  }
}
