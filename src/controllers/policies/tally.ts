import { deniersOf, holdersOf } from '../../policy/judge.ts';
import { type PolicyView, policyKey } from '../../policy/policy-view.ts';
import type { TimeSlice } from '../../time-slice.ts';
import type { JudgedProbe } from '../probes/desired/judged-probe.ts';

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
}

const NOTHING: PolicyCounts = {
  governed: 0,
  denied: 0,
  held: 0,
  isDeciding: false,
  carriers: new Set(),
  outTime: 0,
};

/** Counts what is decided of all probes, for each policy, in slices of time. */
export class Tally {
  readonly #policies = new Map<string, CountedPolicy>();
  readonly #counts = new Map<string, PolicyCounts>();
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
    return this.#counts.get(policyKey(view)) ?? NOTHING;
  }

  /** Called once. @param now milliseconds since 1970. */
  async count(probes: Iterable<JudgedProbe>, slice: TimeSlice, now: number): Promise<void> {
    for (const probe of probes) {
      await slice.remaining();
      this.#countDeciding(probe);
      await this.#countJudged(probe, slice, now);
    }
  }

  #countDeciding({ namespace, version, isWaiting }: JudgedProbe): void {
    if (this.#unsettled.size === 0) return;
    for (const of of [undefined, namespace]) {
      for (const { view, unsettledSince = 0 } of this.#unsettled.get(of) ?? []) {
        if (isWaiting || version < unsettledSince) this.#change(view).isDeciding = true;
      }
    }
  }

  async #countJudged(probe: JudgedProbe, slice: TimeSlice, now: number): Promise<void> {
    const { judgment } = probe;
    if (judgment === undefined || judgment.outcome === 'Undecided') return;
    for (const policy of judgment.policies) this.#change(policy).governed += 1;
    for (const policy of deniersOf(judgment)) this.#change(policy).denied += 1;
    for (const policy of holdersOf(judgment)) this.#change(policy).held += 1;
    const stopped = judgment.policies.flatMap((policy) => this.#stopped(policy));
    if (stopped.length === 0) return;
    for (const { view } of stopped) {
      const counts = this.#change(view);
      counts.outTime = Math.max(counts.outTime, probe.outTime ?? 0);
    }
    if (probe.isOut) return;
    for (const { reported, possible } of probe.carriers(now)) {
      await slice.remaining();
      for (const { view, isKnownClean } of stopped) {
        const { carriers } = this.#change(view);
        for (const process of reported) carriers.add(process);
        if (!(isKnownClean && probe.isRestored)) for (const process of possible) carriers.add(process);
      }
    }
  }

  /** As the policy is now; a probe may have been decided by what it was before. */
  #stopped(policy: PolicyView): CountedPolicy[] {
    const known = this.#policies.get(policyKey(policy));
    return known?.view.spec.stopped === undefined ? [] : [known];
  }

  #change(policy: PolicyView): PolicyCounts {
    const key = policyKey(policy);
    const known = this.#counts.get(key) ?? { ...NOTHING, carriers: new Set<string>() };
    this.#counts.set(key, known);
    return known;
  }
}
