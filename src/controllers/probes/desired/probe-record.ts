import { conditionOf } from '../../../api/conditions.ts';
import { type EffectiveProbe, hitLimit } from '../../../api/effective-probe.ts';
import type { Probe } from '../../../api/kinds.ts';
import type { Reason } from '../../../api/reasons.ts';
import type { ProbeStatus } from '../../../api/status.ts';
import { checkProbe, type FieldIssue } from '../../../expression/check-probe.ts';
import { timeOf } from '../../../kube/time.ts';
import { languagesOf } from '../../../language/languages.ts';
import type { ApprovalState } from '../../../policy/approvals.ts';
import { checkPatterns } from '../../../policy/check-policy.ts';
import { withBuiltInDefaults } from '../../../policy/decide.ts';
import type { PolicyView } from '../../../policy/policy-view.ts';
import type { ApprovalFacts } from '../../../policy/rule.ts';
import { endOf } from '../../../protocol/to-wire-probe.ts';
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
  /** The probe as it is enforced. */
  effective: EffectiveProbe;
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
  /** Whether the probe is over, and every process that had it has reported that it is without it. */
  isOut: boolean;
  /** When this operator found that it is, milliseconds since 1970. */
  outTime: number | undefined;
  /** Whether this operator has ever let it into processes, in this generation or an earlier one. */
  hasBeenActive: boolean;
  /** Whether an earlier operator may have, in any generation. */
  readonly isOld: boolean;
  /** When this operator rendered it as armed for the first time, milliseconds since 1970. */
  armedSinceTime: number | undefined;
  /** The status that was rendered last, for metrics. */
  rendered: RenderedStatus | undefined;
  /** Errors in expressions, by the names of the languages. */
  readonly #patternIssues: readonly FieldIssue[];
  readonly #issues = new Map<string, readonly FieldIssue[]>();
  /** How it stands with the approvals that policies ask for; undefined where none does. */
  approval: ApprovalFacts | undefined;
  /** The policy whose quota has no room for it. */
  exceeded: PolicyView | undefined;
  /** When the last of them was given, milliseconds since 1970. */
  approvedTime: number | undefined;
  /** When it was asked for, milliseconds since 1970. */
  readonly #begin: number;
  #lastWritten: WrittenStatus | undefined;
  #writeTime: number | undefined;

  /** @param previous the record of an earlier generation of the same object, if there is one. */
  constructor(asked: Probe, now: number, previous?: ProbeRecord) {
    // Until policies have been asked; nothing is sent before.
    const probe = withBuiltInDefaults(asked);
    this.uid = probe.metadata.uid;
    this.generation = probe.metadata.generation;
    this.effective = probe;
    this.#patternIssues = checkPatterns(probe.spec.redaction);
    this.observations = new Observations(probe);
    this.grants = new HitGrants(hitLimit(probe));
    this.firstSeenTime = now;
    const { status } = probe;
    const known = status?.observedGeneration === this.generation ? status : undefined;
    this.isRestored = known !== undefined;
    this.isOut = known !== undefined && isOutForGood(known);
    this.hasBeenActive = previous?.hasBeenActive === true;
    this.isOld = previous?.isOld ?? (status?.observedGeneration ?? 0) > 0;
    // Whole seconds, as status shows them, rounded up, so that nothing expires early. Never later than now, in case somebody else wrote the status.
    const begin = Math.ceil(now / 1000) * 1000;
    this.#begin = Math.min(begin, Date.parse(known?.armedTime ?? '') || begin);
    this.armedTime = timeOf(this.#begin);
    if (previous !== undefined) {
      this.#lastWritten = previous.#lastWritten;
      this.#writeTime = previous.#writeTime;
    }
  }

  /** Milliseconds since 1970. The time to live does not pass while the probe waits for an approval. */
  get expireTime(): number {
    const approved = Math.ceil((this.approvedTime ?? 0) / 1000) * 1000;
    return endOf(this.effective.spec.ttlSeconds, Math.max(this.#begin, approved));
  }

  /** Takes what is known of its approvals. @returns whether that is news. */
  takeApproval(state: ApprovalState | undefined): boolean {
    const before = this.approval?.missing.length;
    const approvedTime = this.approvedTime;
    this.approval = state && { missing: state.missing, deadline: this.#begin + state.deadlineSeconds * 1000 };
    this.approvedTime = state?.approvedTime;
    return before !== this.approval?.missing.length || approvedTime !== this.approvedTime;
  }

  /** Takes the limits that count from now on. */
  enforce(effective: EffectiveProbe): void {
    if (effective === this.effective) return;
    this.effective = effective;
    this.grants.limit = hitLimit(effective);
    this.observations.limit = hitLimit(effective);
  }

  isOf(probe: Probe): boolean {
    return this.uid === probe.metadata.uid && this.generation === probe.metadata.generation;
  }

  /**
   * Errors in its expressions, in any of the languages.
   * @param declared languages of the processes that it matches, as they declare them.
   */
  issuesIn(declared: ReadonlySet<string>): readonly FieldIssue[] {
    const languages = languagesOf(declared);
    const key = languages.map(({ name }) => name).join(' ');
    const issues = this.#issues.get(key) ?? [...checkProbe(this.effective, languages), ...this.#patternIssues];
    this.#issues.set(key, issues);
    return issues;
  }

  /** ISO 8601; undefined for a standing probe, which has no end. */
  get expirationTime(): string | undefined {
    return this.effective.spec.ttlSeconds === undefined ? undefined : timeOf(this.expireTime);
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
