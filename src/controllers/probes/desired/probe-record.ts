import { conditionOf } from '../../../api/conditions.ts';
import type { Probe } from '../../../api/kinds.ts';
import { hitLimit } from '../../../api/kinds.ts';
import type { Reason } from '../../../api/reasons.ts';
import type { ProbeStatus } from '../../../api/status.ts';
import { checkProbe, type FieldIssue } from '../../../expression/check-probe.ts';
import { timeOf } from '../../../kube/time.ts';
import { languagesOf } from '../../../language/languages.ts';
import { Observations } from '../observed/observations.ts';
import type { RenderedStatus } from '../status.ts';
import { HitGrants } from './hit-grants.ts';
import { PlannedPods } from './planned-pods.ts';

/** Reasons with which a generation of a probe is over for good. */
const FOR_GOOD: readonly string[] = ['HitLimitReached', 'Expired'] satisfies Reason[];

interface WrittenStatus {
  readonly status: RenderedStatus;
  /** The resourceVersion before the write; a cache that still has it is outdated. */
  readonly overResourceVersion: string;
  readonly resourceVersion: string | undefined;
  /** The status as the cache got it from the API server: without the fields that an older CRD does not have. Undefined before. */
  answered?: RenderedStatus;
}

/** What the controller remembers of one generation of one probe from one reconcile to the next. */
export class ProbeRecord {
  readonly uid: string;
  readonly generation: number;
  readonly observations: Observations;
  readonly grants: HitGrants;
  /** What the last plan read and decided of each pod. */
  planned = new PlannedPods();
  /** Whether an earlier operator has seen this generation, and may have granted parts of its limit. */
  readonly isRestored: boolean;
  /** Milliseconds since 1970. */
  readonly firstSeenTime: number;
  /** ISO 8601. From status, if this generation was seen by an earlier operator. */
  readonly armedTime: string;
  /** Milliseconds since 1970. */
  readonly expireTime: number;
  /** Whether the probe is over, and every process that had it has reported that it is without it. */
  isOut: boolean;
  /** When this operator rendered it as armed for the first time, milliseconds since 1970. */
  armedSinceTime: number | undefined;
  /** The status that was rendered last, for metrics. */
  rendered: RenderedStatus | undefined;
  /** Errors in expressions, by the names of the languages. */
  readonly #issues = new Map<string, readonly FieldIssue[]>();
  #lastWritten: WrittenStatus | undefined;
  #writeTime: number | undefined;

  /** @param previous the record of an earlier generation of the same object, if there is one. */
  constructor(probe: Probe, now: number, previous?: ProbeRecord) {
    this.uid = probe.metadata.uid;
    this.generation = probe.metadata.generation;
    this.observations = new Observations(probe);
    this.grants = new HitGrants(hitLimit(probe));
    this.firstSeenTime = now;
    const { status } = probe;
    const known = status?.observedGeneration === this.generation ? status : undefined;
    this.isRestored = known !== undefined;
    this.isOut = known !== undefined && isOutForGood(known);
    // Whole seconds, as status shows them; the end is rounded up, so that nothing expires early.
    this.armedTime = known?.armedTime ?? timeOf(now);
    const end = Math.ceil(now / 1000) * 1000 + probe.spec.ttlSeconds * 1000;
    // Never later than the spec allows from now on, in case somebody else wrote the status.
    this.expireTime = known?.expirationTime === undefined ? end : Math.min(end, Date.parse(known.expirationTime));
    if (previous !== undefined) {
      this.#lastWritten = previous.#lastWritten;
      this.#writeTime = previous.#writeTime;
    }
  }

  isOf(probe: Probe): boolean {
    return this.uid === probe.metadata.uid && this.generation === probe.metadata.generation;
  }

  /**
   * Errors in its expressions, in any of the languages.
   * @param declared languages of the processes that it matches, as they declare them.
   */
  issuesIn(declared: ReadonlySet<string>, probe: Probe): readonly FieldIssue[] {
    const languages = languagesOf(declared);
    const key = languages.map(({ name }) => name).join(' ');
    const issues = this.#issues.get(key) ?? checkProbe(probe, languages);
    this.#issues.set(key, issues);
    return issues;
  }

  /** ISO 8601. */
  get expirationTime(): string {
    return timeOf(this.expireTime);
  }

  /** Milliseconds since 1970 of the last status write by this operator. */
  get lastWriteTime(): number | undefined {
    return this.#writeTime;
  }

  /** Whether the object is as the last write of its status left it, so that nothing is new. */
  isOwnWrite({ metadata, status }: Probe): boolean {
    const last = this.#lastWritten;
    if (last === undefined || metadata.resourceVersion !== last.resourceVersion) return false;
    last.answered = status;
    return true;
  }

  /** The status that the object has: the one written last, as long as the cache has the object from before or as the API server answered. */
  baseStatus(probe: Probe): RenderedStatus | undefined {
    const last = this.#lastWritten;
    if (last === undefined) return probe.status;
    const isBehind = probe.metadata.resourceVersion === last.overResourceVersion;
    return isBehind || this.isOwnWrite(probe) || equalJson(probe.status, last.answered) ? last.status : probe.status;
  }

  attempted(now: number): void {
    this.#writeTime = now;
  }

  /** @param resourceVersion with which the API server answered. */
  written(probe: Probe, status: RenderedStatus, resourceVersion: string | undefined): void {
    this.#lastWritten = { status, overResourceVersion: probe.metadata.resourceVersion, resourceVersion };
  }
}

/** Whether a status of an earlier operator says that the probe is over for good. Not after an order to disarm, which may have ended since. */
function isOutForGood({ conditions }: ProbeStatus): boolean {
  const isOver = FOR_GOOD.includes(conditionOf(conditions, 'Armed')?.reason ?? '');
  return isOver && conditionOf(conditions, 'Reconciling')?.status === 'False';
}

function equalJson(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
