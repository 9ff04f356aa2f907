import type { Probe } from '../../../api/kinds.ts';
import type { AuditLog } from '../../../audit/audit-log.ts';
import type { Fleet, PodIdentity } from '../../../gateway/fleet/fleet.ts';
import type { Result } from '../../../protocol/result.ts';
import type { ProcessInfo } from '../../../protocol/state.ts';
import type { PodDecisions } from '../desired/planner.ts';
import type { ProbeRecord } from '../desired/probe-record.ts';
import { keyOf } from '../probe-key.ts';
import { AuditTrail } from './audit-trail.ts';

export interface ProbeAuditOptions {
  readonly audit: Pick<AuditLog, 'write'>;
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

  constructor(options: ProbeAuditOptions) {
    this.#options = options;
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
    // One that is being deleted has its last record already.
    if (probe.metadata.deletionTimestamp !== undefined) return;
    this.#trailOf(probe, record, now).result(result, from, process);
  }

  /** Called when the object is deleted. */
  deleted(probe: Probe): void {
    const trail = this.#trails.get(keyOf(probe));
    if (trail?.record.uid !== probe.metadata.uid) return;
    trail.end('Deleted', probe);
    this.#trails.delete(keyOf(probe));
  }

  #trailOf(probe: Probe, record: ProbeRecord, now: number): AuditTrail {
    const key = keyOf(probe);
    const known = this.#trails.get(key);
    if (known?.record === record) return known;
    if (known !== undefined) known.end(known.record.uid === record.uid ? 'SpecChanged' : 'Deleted');
    const trail = new AuditTrail(probe, record, this.#options, now);
    this.#trails.set(key, trail);
    return trail;
  }
}
