import { hash } from 'node:crypto';
import { conditionOf } from '../../../api/conditions.ts';
import type { Probe } from '../../../api/kinds.ts';
import type { Reason } from '../../../api/reasons.ts';
import type { AuditLog } from '../../../audit/audit-log.ts';
import type { AuditDetails, AuditEntry, AuditSubject } from '../../../audit/record.ts';
import { recordID } from '../../../audit/record-id.ts';
import { subjectOf, whoAsks } from '../../../audit/subject.ts';
import type { Fleet, PodIdentity } from '../../../gateway/fleet/fleet.ts';
import { requesterOf } from '../../../policy/requester.ts';
import type { Result } from '../../../protocol/result.ts';
import type { ProcessInfo } from '../../../protocol/state.ts';
import type { PodDecisions } from '../desired/planner.ts';
import type { ProbeRecord } from '../desired/probe-record.ts';
import { DecisionSteps } from './decision-steps.ts';
import type { Emit } from './emit.ts';
import { PodSteps } from './pod-steps.ts';

/** Reasons of a probe that has not been in any process yet. */
const NOT_YET_IN: readonly string[] = ['AwaitingApproval', 'ApprovalExpired', 'PolicyUndecided'] satisfies Reason[];
/** Decisions of one generation that are told apart by what they say alone. */
const MOST_DECISIONS = 64;

/** What was recorded of one generation of one probe, so that each step is written once. */
export class AuditTrail {
  readonly record: ProbeRecord;
  readonly #audit: Pick<AuditLog, 'write'>;
  readonly #decisions: DecisionSteps;
  readonly #pods: PodSteps;
  #probe: Probe;
  #now: number;
  #subject: AuditSubject;
  /**
   * Names the time from which on the present decision holds, in names of records: by what it says, so that a restart changes nothing; and by
   * the clock, too, where this operator has seen the same decision before, or takes the probe in again.
   */
  #epoch = '';
  #decision = '';
  readonly #decisionsBefore = new Set<string>();
  /** Whether it may be in processes, or was since it was removed last. */
  #isIn: boolean;
  #isRemoved: boolean;

  constructor(
    probe: Probe,
    record: ProbeRecord,
    { audit, fleet }: { readonly audit: Pick<AuditLog, 'write'>; readonly fleet: Pick<Fleet, 'versionOf'> },
    now: number,
  ) {
    this.record = record;
    this.#audit = audit;
    this.#probe = probe;
    this.#subject = subjectOf(probe);
    this.#now = now;
    const emit: Emit = (...step) => this.#emit(...step);
    this.#decisions = new DecisionSteps(emit);
    this.#pods = new PodSteps(fleet, record.generation, emit);
    // What an earlier operator has removed, it has recorded before it wrote that into status.
    this.#isRemoved = record.isOut;
    this.#isIn = record.isRestored && wasIn(probe);
    const requester = requesterOf(probe.metadata);
    const id = recordID('Requested', [record.uid, record.generation]);
    const who = requester && { requester: whoAsks(requester) };
    this.#audit.write({ id, step: 'Requested', ...this.#subject, ...who });
  }

  /** Takes what a plan found. @param probe as it is now. @param now milliseconds since 1970. */
  observe(probe: Probe, { judgment, lifecycle, pods }: PodDecisions, now: number): void {
    this.#see(probe);
    this.#now = now;
    if (lifecycle.active) this.#enter();
    this.#decisions.observe(probe, judgment, this.record.approval, (content) => this.#decided(content));
    this.#pods.observe(pods);
    if (lifecycle.active) return;
    this.#isIn ||= this.#pods.isCarried;
    if (this.#isIn && this.record.isOut) this.#remove(lifecycle.reason, true);
  }

  /** Takes one result that was released. */
  result(result: Result, from: PodIdentity, process: ProcessInfo | undefined): void {
    this.#pods.result(result, from, process);
  }

  /**
   * To be called when this generation is no more. @param probe as it was last, where that is known.
   * @returns what is to be written once every process is without it; undefined where nothing is.
   */
  end(reason: Extract<Reason, 'Deleted' | 'SpecChanged'>, probe = this.#probe): AuditEntry | undefined {
    if (this.#isRemoved) return undefined;
    this.#see(probe);
    const isConfirmed = this.record.isOut || !(this.#isIn || this.#pods.isCarried);
    this.#remove(reason, isConfirmed);
    return isConfirmed ? undefined : this.#entryOf(this.#removal(reason, true), [reason, 'Confirmed']);
  }

  #see(probe: Probe): void {
    if (probe !== this.#probe) this.#subject = subjectOf(probe);
    this.#probe = probe;
  }

  #enter(): void {
    this.#isIn = true;
    if (!this.#isRemoved) return;
    this.#isRemoved = false;
    this.#epoch = `${this.#decision} ${this.#now}`;
  }

  #decided(content: unknown): void {
    this.#decision = hash('sha256', JSON.stringify(content), 'hex').slice(0, 16);
    const isKnown = this.#decisionsBefore.has(this.#decision) || this.#decisionsBefore.size >= MOST_DECISIONS;
    this.#epoch = isKnown ? `${this.#decision} ${this.#now}` : this.#decision;
    if (!isKnown) this.#decisionsBefore.add(this.#decision);
  }

  #remove(reason: Reason, isConfirmed: boolean): void {
    this.#emit(this.#removal(reason, isConfirmed), [reason]);
    this.#isIn = false;
    this.#isRemoved = true;
    this.#pods.removed();
  }

  #removal(reason: Reason, isConfirmed: boolean): AuditDetails {
    const { armedPods: pods, released } = this.#pods;
    const { hits } = this.record.observations;
    return { step: 'Removed', reason, isConfirmed, pods, hits, released };
  }

  #emit(...step: Parameters<Emit>): void {
    this.#audit.write(this.#entryOf(...step));
  }

  #entryOf(...[details, about = [], { isOfGeneration = false, isAgain = false } = {}]: Parameters<Emit>): AuditEntry {
    const { uid, generation } = this.record;
    const epoch = isOfGeneration ? [] : [this.#epoch];
    const again = isAgain ? [this.#now] : [];
    const id = recordID(details.step, [uid, generation, ...epoch, ...about, ...again]);
    return { id, ...this.#subject, ...details };
  }
}

/** Whether an earlier operator had let it into processes and not seen the last one without it, as far as status says. */
function wasIn({ status }: Probe): boolean {
  const armed = conditionOf(status?.conditions, 'Armed');
  const isMoving = conditionOf(status?.conditions, 'Reconciling')?.status === 'True';
  return armed?.status === 'True' || (isMoving && !NOT_YET_IN.includes(armed?.reason ?? ''));
}
