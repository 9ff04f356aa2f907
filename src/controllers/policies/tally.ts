import { deniersOf, holdersOf } from '../../policy/judge.ts';
import { type PolicyView, policyKey } from '../../policy/policy-view.ts';
import type { TimeSlice } from '../../time-slice.ts';
import type { JudgedProbe } from '../probes/desired/judged-probe.ts';
import { RedactionCounts } from './redaction-counts.ts';

/** A policy, as it is counted for. */
export interface CountedPolicy {
  readonly view: PolicyView;
  /** The version of Policies since which it is as it is, while not every probe is known to be decided by that; else undefined. */
  readonly unsettledSince: number | undefined;
  /** Whether an earlier operator has found every process without its probes, since it was stopped: only what processes report counts against that. */
  readonly isKnownClean: boolean;
}

/** What is counted for one policy. */
export interface PolicyCounts {
  governed: number;
  denied: number;
  held: number;
  /** Whether a probe is not decided yet by the policy as it is now. */
  isDeciding: boolean;
  /** Processes that may have a probe that it governs; counted only while it is stopped. */
  readonly carriers: Set<string>;
  /** When the last of the probes that it governs was found to be out of every process, milliseconds since 1970; 0 where none was in any. */
  outTime: number;
  /** Counted only while it has rules of redaction. */
  readonly redactions: RedactionCounts;
}

/** Of a policy that governs no probe. */
export const noCounts = (): PolicyCounts => ({
  ...{ governed: 0, denied: 0, held: 0, isDeciding: false, outTime: 0 },
  ...{ carriers: new Set<string>(), redactions: new RedactionCounts() },
});

interface Entry {
  readonly counts: PolicyCounts;
  /** As the policy is now; undefined for the default policy, and for one that is gone. */
  readonly current: CountedPolicy | undefined;
}

/** Counts what is decided of all probes, for each policy, in slices of time. */
export class Tally {
  readonly #policies = new Map<string, CountedPolicy>();
  readonly #counts = new Map<string, PolicyCounts>();
  readonly #byView = new Map<PolicyView, Entry>();
  /** By the namespace that they are about; undefined for those of the cluster. */
  readonly #unsettled = new Map<string | undefined, CountedPolicy[]>();

  constructor(policies: Iterable<CountedPolicy>) {
    for (const policy of policies) {
      const { view, unsettledSince } = policy;
      this.#policies.set(policyKey(view), policy);
      if (unsettledSince === undefined) continue;
      const known = this.#unsettled.get(view.namespace);
      if (known === undefined) this.#unsettled.set(view.namespace, [policy]);
      else known.push(policy);
    }
  }

  of(view: PolicyView): PolicyCounts {
    return this.#counts.get(policyKey(view)) ?? noCounts();
  }

  /** Called once. @param now milliseconds since 1970. */
  async count(probes: Iterable<JudgedProbe>, slice: TimeSlice, now: number): Promise<void> {
    for (const probe of probes) {
      if (slice.isOver()) await slice.remaining();
      this.#countDeciding(probe);
      const stopped = this.#countJudged(probe);
      if (stopped.length > 0 && !probe.isOut) await this.#countCarriers(probe, stopped, slice, now);
      if (this.#hasRules(probe)) await this.#countEnforcing(probe, slice, now);
    }
  }

  #countDeciding({ namespace, version, isWaiting }: JudgedProbe): void {
    if (this.#unsettled.size === 0) return;
    for (const scope of [undefined, namespace]) {
      for (const { view, unsettledSince = 0 } of this.#unsettled.get(scope) ?? []) {
        if (isWaiting || version < unsettledSince) this.#change(view).isDeciding = true;
      }
    }
  }

  /** @returns those of its policies that are stopped. */
  #countJudged({ judgment, missing, outTime = 0 }: JudgedProbe): readonly CountedPolicy[] {
    if (judgment === undefined || judgment.outcome === 'Undecided') return [];
    for (const policy of judgment.policies) this.#change(policy).governed += 1;
    for (const policy of deniersOf(judgment)) this.#change(policy).denied += 1;
    for (const policy of holdersOf(judgment, missing)) this.#change(policy).held += 1;
    const stopped = judgment.policies.flatMap((policy) => this.#stopped(policy));
    for (const { view } of stopped) {
      const counts = this.#change(view);
      counts.outTime = Math.max(counts.outTime, outTime);
    }
    return stopped;
  }

  async #countCarriers(
    { isRestored, carriers }: JudgedProbe,
    stopped: readonly CountedPolicy[],
    slice: TimeSlice,
    now: number,
  ): Promise<void> {
    const lists = stopped.map(({ view, isKnownClean }) => ({
      list: this.#change(view).carriers,
      isTrusting: isKnownClean && isRestored,
    }));
    for (const { reported, possible } of carriers(now)) {
      if (slice.isOver()) await slice.remaining();
      for (const { list, isTrusting } of lists) {
        for (const process of reported) list.add(process);
        if (!isTrusting) for (const process of possible) list.add(process);
      }
    }
  }

  #hasRules({ judgment, isOut }: JudgedProbe): boolean {
    if (isOut || judgment === undefined || judgment.outcome === 'Undecided') return false;
    return judgment.policies.some((policy) => this.#isRedacting(policy));
  }

  async #countEnforcing({ enforcing }: JudgedProbe, slice: TimeSlice, now: number): Promise<void> {
    for (const { policies, rules } of enforcing(now)) {
      if (slice.isOver()) await slice.remaining();
      for (const policy of policies) {
        if (!this.#isRedacting(policy)) continue;
        const { redactions } = this.#change(policy);
        for (const one of rules) redactions.add(one);
      }
    }
  }

  #isRedacting(policy: PolicyView): boolean {
    return this.#entry(policy).current?.view.spec.redaction !== undefined;
  }

  /** As the policy is now; a probe may have been decided by what it was before. */
  #stopped(policy: PolicyView): CountedPolicy[] {
    const { current } = this.#entry(policy);
    return current?.view.spec.stopped === undefined ? [] : [current];
  }

  #change(policy: PolicyView): PolicyCounts {
    return this.#entry(policy).counts;
  }

  /** By the policy itself, as most probes have been decided by the same ones; a text would be made for each. */
  #entry(policy: PolicyView): Entry {
    const seen = this.#byView.get(policy);
    if (seen !== undefined) return seen;
    const key = policyKey(policy);
    const counts = this.#counts.get(key) ?? noCounts();
    this.#counts.set(key, counts);
    const entry = { counts, current: this.#policies.get(key) };
    this.#byView.set(policy, entry);
    return entry;
  }
}
