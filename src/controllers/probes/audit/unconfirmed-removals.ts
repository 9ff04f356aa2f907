import type { AuditLog } from '../../../audit/audit-log.ts';
import type { AuditEntry } from '../../../audit/record.ts';
import type { Informer } from '../../../kube/informer.ts';
import type { ObservedPod } from '../../../pods/observed-pod.ts';
import { TimeSlice } from '../../../time-slice.ts';
import type { PlannedPod } from '../desired/planned-pods.ts';
import type { ProbeRecord } from '../desired/probe-record.ts';
import { cleanTimeOf } from '../desired/unreachable-processes.ts';

/** Pods that are watched at most, over all probes. */
const MOST_PODS = 200_000;
/** How long a probe is watched: as long as the Fleet remembers an agent that is away. */
const WATCH_MS = 15 * 60_000;

export interface UnconfirmedRemovalsOptions {
  readonly audit: Pick<AuditLog, 'write'>;
  /** With an index `uid`. */
  readonly pods: Pick<Informer<ObservedPod>, 'by'>;
  /** 200,000 unless given. */
  readonly mostWatchedPods?: number;
}

interface WatchedPod {
  readonly pod: PlannedPod;
  /** Whether it had processes that are not known to have ended. */
  readonly wasLive: boolean;
  /** When its agent was connected last, as far as is known; the Fleet forgets it. Milliseconds since 1970. */
  lastSeenTime: number;
}

interface Removal extends Pick<ProbeRecord, 'generation' | 'expireTime'> {
  /** Written once it is out. */
  readonly entry: AuditEntry;
  /** Those of which it is not known that they are without it; the last is looked at first. */
  readonly pods: WatchedPod[];
  /** What it counts of the pods that may be watched. */
  readonly size: number;
  readonly until: number;
}

/** Generations of probes that ended before all processes had answered: watches for the last answer, in bounded memory. */
export class UnconfirmedRemovals {
  readonly #options: UnconfirmedRemovalsOptions;
  readonly #slice = new TimeSlice();
  /** In the order in which they ended. */
  readonly #removals = new Set<Removal>();
  #size = 0;

  constructor(options: UnconfirmedRemovalsOptions) {
    this.#options = options;
  }

  /** @param entry written once every process is without it. @param now milliseconds since 1970. */
  add(entry: AuditEntry, { generation, expireTime, observations, planned }: ProbeRecord, now: number): void {
    const pods = Array.from(planned.byUID.values(), (pod): WatchedPod => {
      const wasLive = observations.liveOf(pod.pod.metadata.name).length > 0;
      return { pod, wasLive, lastSeenTime: pod.connected ? now : pod.lastSeenTime };
    });
    const removal = { entry, generation, expireTime, pods, size: pods.length + 1, until: now + WATCH_MS };
    this.#removals.add(removal);
    this.#size += removal.size;
    const { mostWatchedPods = MOST_PODS } = this.#options;
    for (const oldest of this.#removals) {
      if (this.#size <= mostWatchedPods) return;
      this.#forget(oldest);
    }
  }

  /** Writes the records of those that are out now. @param now milliseconds since 1970. */
  async confirm(now: number): Promise<void> {
    for (const removal of this.#removals) {
      await this.#slice.remaining();
      const isOut = now <= removal.until && this.#isOut(removal, now);
      if (isOut) this.#options.audit.write(removal.entry);
      if (isOut || now > removal.until) this.#forget(removal);
    }
  }

  #isOut({ pods, ...removal }: Removal, now: number): boolean {
    for (let last = pods.at(-1); last !== undefined; last = pods.at(-1)) {
      if (this.#mayHave(last, removal, now)) return false;
      pods.pop();
    }
    return true;
  }

  #mayHave(watched: WatchedPod, removal: Pick<Removal, 'generation' | 'expireTime'>, now: number): boolean {
    const { pod, wasLive } = watched;
    if (this.#options.pods.by('uid', pod.podUID).length === 0) return false;
    const { connected, processes, lastSeenTime } = pod.read();
    if (!connected) {
      watched.lastSeenTime = Math.max(watched.lastSeenTime, lastSeenTime);
      const since = { pod: pod.pod, lastSeenTime: watched.lastSeenTime };
      return pod.pod.hasAgent && wasLive && now < cleanTimeOf(since, removal.expireTime);
    }
    // To an agent that has just started, the processes of its pod may not have connected yet.
    if (processes.length === 0) return wasLive;
    return processes.some(({ acknowledged, state }) => {
      return !acknowledged || (state !== undefined && state.generation <= removal.generation);
    });
  }

  #forget(removal: Removal): void {
    if (this.#removals.delete(removal)) this.#size -= removal.size;
  }
}
