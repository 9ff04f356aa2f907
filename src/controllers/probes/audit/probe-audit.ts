import type { Probe } from '../../../api/kinds.ts';
import type { Fleet, PodIdentity } from '../../../gateway/fleet/fleet.ts';
import type { Result } from '../../../protocol/result.ts';
import type { ProcessInfo } from '../../../protocol/state.ts';
import type { PodDecisions } from '../desired/planner.ts';
import type { ProbeRecord } from '../desired/probe-record.ts';
import { keyOf } from '../probe-key.ts';
import { AuditTrail } from './audit-trail.ts';
import { UnconfirmedRemovals, type UnconfirmedRemovalsOptions } from './unconfirmed-removals.ts';

export interface ProbeAuditOptions extends UnconfirmedRemovalsOptions {
  readonly fleet: Pick<Fleet, 'versionOf'>;
}

/**
 * Observes: what the probe controller finds out about each probe, and results as they come.
 * Decides: which of it is new.
 * Writes: a record for each step (audit/record.ts), in the replica that leads. A plan that finds nothing new costs a look at the version of each pod.
 * Read by: people, and whoever collects the audit.
 */
export class ProbeAudit {
  readonly #options: ProbeAuditOptions;
  /** By the key of the probe: of its present generation. */
  readonly #trails = new Map<string, AuditTrail>();
  readonly #deleted = new WeakSet<ProbeRecord>();
  readonly #unconfirmed: UnconfirmedRemovals;

  constructor(options: ProbeAuditOptions) {
    this.#options = options;
    this.#unconfirmed = new UnconfirmedRemovals(options);
  }

  /** Called after each plan. @param now milliseconds since 1970. */
  planned(probe: Probe, record: ProbeRecord, plan: PodDecisions, now: number): void {
    this.#trailOf(probe, record, now).observe(probe, plan, now);
  }

  /** Called with each result of the present generation, whichever rules of redaction it was made under. */
  released(
    probe: Probe,
    record: ProbeRecord,
    { result, from, process }: { result: Result; from: PodIdentity; process: ProcessInfo | undefined },
    now: number,
  ): void {
    this.#trailOf(probe, record, now).result(result, from, process);
  }

  /** Called when the object is deleted. */
  deleted(probe: Probe, record: ProbeRecord, now: number): void {
    if (this.#deleted.has(record)) return;
    this.#deleted.add(record);
    this.#end(this.#trailOf(probe, record, now), 'Deleted', now, probe);
    this.#trails.delete(keyOf(probe));
  }

  /** Called every now and then: writes the end of those of which the last process has answered since they were removed. */
  async confirm(now: number): Promise<void> {
    await this.#unconfirmed.confirm(now);
  }

  #trailOf(probe: Probe, record: ProbeRecord, now: number): AuditTrail {
    const key = keyOf(probe);
    const known = this.#trails.get(key);
    if (known?.record === record) return known;
    if (known !== undefined) this.#end(known, known.record.uid === record.uid ? 'SpecChanged' : 'Deleted', now);
    const trail = new AuditTrail(probe, record, this.#options, now);
    this.#trails.set(key, trail);
    return trail;
  }

  #end(trail: AuditTrail, reason: 'Deleted' | 'SpecChanged', now: number, probe?: Probe): void {
    const entry = trail.end(reason, probe);
    if (entry !== undefined) this.#unconfirmed.add(entry, trail.record, now);
  }
}
