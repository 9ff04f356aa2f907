import { isDeepStrictEqual } from 'node:util';
import { APPROVALS } from '../../../api/annotations.ts';
import type { Probe } from '../../../api/kinds.ts';
import type { Reason } from '../../../api/reasons.ts';
import { MOST_NAMED } from '../../../audit/record.ts';
import { auditedDenials, cut, othersOf } from '../../../audit/subject.ts';
import { approvalsOf } from '../../../policy/approvals.ts';
import type { Judgment } from '../../../policy/judge.ts';
import { describePolicy, type PolicyView, policyKey } from '../../../policy/policy-view.ts';
import type { ApprovalFacts } from '../../../policy/rule.ts';
import { redactionHash } from '../../../protocol/redaction-hash.ts';
import type { Emit } from './emit.ts';

type Decided = Exclude<Judgment, { outcome: 'Undecided' }>;

const NO_APPROVALS = '[]';

/** What is audited of the decisions about one generation of a probe: each once, until another one is made. */
export class DecisionSteps {
  readonly #emit: Emit;
  #last: Decided | undefined;
  #lastContent: unknown;
  #cuts: Decided extends infer Each ? (Each extends { cuts: infer Cuts } ? Cuts : never) : never = [];
  #missing = '';
  /** The annotation that was read last. */
  #approvals = NO_APPROVALS;
  /** Approvals of that annotation that are recorded. */
  #approved: readonly string[] = [];

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /**
   * @param onDecided called before a new decision is recorded, with what it consists of.
   */
  observe(
    probe: Probe,
    judgment: Judgment,
    approval: ApprovalFacts | undefined,
    onDecided: (content: unknown) => void,
  ): void {
    if (judgment.outcome === 'Undecided') return;
    this.#decided(judgment, onDecided);
    this.#approvalsOf(probe, judgment.policies);
    this.#awaiting(approval);
  }

  #decided(judgment: Decided, onDecided: (content: unknown) => void): void {
    // Most plans find what the last one did, and what is decided is kept from plan to plan.
    if (this.#last !== undefined && isSame(this.#last, judgment)) return;
    this.#last = judgment;
    const { policies, denials } = judgment;
    const isAccepted = judgment.outcome === 'Accepted';
    const cuts = isAccepted ? judgment.cuts : [];
    const named = policies.map((policy) => {
      const { uid, generation } = policy;
      return { name: describePolicy(policy), ...(uid && { uid }), ...(generation !== undefined && { generation }) };
    });
    const hash = isAccepted ? redactionHash(judgment.effective.spec.redaction) : undefined;
    const audited = auditedDenials(denials);
    const content = { outcome: judgment.outcome, named, ...audited, cuts, ...(hash && { hash }) };
    if (isDeepStrictEqual(content, this.#lastContent)) return;
    this.#lastContent = content;
    onDecided(content);
    const reason: Reason = isAccepted ? 'PolicyAccepted' : 'PolicyDenied';
    this.#emit({
      ...{ step: 'Decided', reason, policies: named.slice(0, MOST_NAMED), ...othersOf('otherPolicies', named) },
      ...audited,
      ...(hash !== undefined && { redactionHash: hash }),
    });
    for (const { field, asked, effective, policy } of cuts) {
      const wasCut = this.#cuts.some((one) => isDeepStrictEqual(one, { field, asked, effective, policy }));
      if (!wasCut) this.#emit({ step: 'Clamped', policy, field, asked, effective }, [field, effective, policy]);
    }
    this.#cuts = cuts;
  }

  #approvalsOf(probe: Probe, policies: readonly PolicyView[]): void {
    const text = probe.metadata.annotations?.[APPROVALS] ?? NO_APPROVALS;
    if (text === this.#approvals) return;
    this.#approvals = text;
    const before = this.#approved;
    const approvals = approvalsOf(probe);
    this.#approved = approvals.map(({ policy, username, time }) => JSON.stringify([policy, username, time]));
    for (const [index, { policy: key, username, time, reason, ticket }] of approvals.entries()) {
      if (before.includes(this.#approved[index] ?? '')) continue;
      const found = policies.find((one) => policyKey(one) === key);
      const policy = found === undefined ? key : describePolicy(found);
      const step = {
        step: 'Approved',
        policy: cut(policy),
        approvedBy: cut(username),
        approvedTime: cut(time),
      } as const;
      const why = { ...(reason && { note: cut(reason) }), ...(ticket && { ticket: cut(ticket) }) };
      // An approval is of the spec, whatever is decided meanwhile.
      this.#emit({ ...step, ...why }, [key, username, time], { isOfGeneration: true });
    }
  }

  #awaiting(approval: ApprovalFacts | undefined): void {
    const policies = (approval?.missing ?? []).map(describePolicy);
    const missing = policies.join();
    if (missing === this.#missing) return;
    this.#missing = missing;
    if (approval === undefined || policies.length === 0) return;
    const deadline = new Date(approval.deadline).toISOString();
    const reason: Reason = 'AwaitingApproval';
    const named = { policies: policies.slice(0, MOST_NAMED), ...othersOf('otherPolicies', policies) };
    this.#emit({ step: 'AwaitingApproval', reason, ...named, deadline }, policies);
  }
}

function isSame(a: Decided, b: Decided): boolean {
  return (
    a.outcome === b.outcome &&
    isSameList(a.policies, b.policies) &&
    isSameList(a.denials, b.denials) &&
    isSameList(cutsOf(a), cutsOf(b))
  );
}

const cutsOf = (judgment: Decided) => (judgment.outcome === 'Accepted' ? judgment.cuts : []);

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}
