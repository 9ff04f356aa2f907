import { isDeepStrictEqual } from 'node:util';
import type { Probe } from '../../../api/kinds.ts';
import { selectorMatches } from '../../../api/label-selector.ts';
import type { ObservedPod } from '../../../pods/observed-pod.ts';
import type { Decision } from '../../../policy/decide.ts';
import { type Judgment, judge } from '../../../policy/judge.ts';
import type { PolicyView } from '../../../policy/policy-view.ts';
import { requesterOf } from '../../../policy/requester.ts';
import type { Policies } from '../../policies/policies.ts';

/** Which of the policies for some pods are about a pod: pods of one key share a decision. */
export type PolicyKey = string;

/** How long what was decided before counts on while a new decision waits for the API server. */
const KEPT_MS = 10_000;

/** What policies say of one generation of one probe, decided anew only when a policy, a right or the pods have changed. */
export class ProbeDecisions {
  readonly #policies: Pick<Policies, 'version' | 'of' | 'decide'>;
  #probe: Probe;
  #version = -1;
  #selective: readonly PolicyView[] = [];
  /** By key, of the present version. */
  readonly #decided = new Map<PolicyKey, Decision>();
  /** The last that was decided, by key, and of any key. */
  readonly #last = new Map<PolicyKey, Decision>();
  #lastOfAny: Decision | undefined;
  /** Since when a decision waits for the API server, milliseconds since 1970; undefined while none does. */
  #waitsSince: number | undefined;

  constructor(policies: Pick<Policies, 'version' | 'of' | 'decide'>, probe: Probe) {
    this.#policies = policies;
    this.#probe = probe;
  }

  /** Takes note of what has changed since the last plan. @param probe as it is now: of the same generation. @returns whether anything has. */
  refresh(probe: Probe): boolean {
    if (!isDeepStrictEqual(requesterOf(probe.metadata), requesterOf(this.#probe.metadata))) this.#version = -1;
    this.#probe = probe;
    const { version } = this.#policies;
    if (version === this.#version && this.#waitsSince === undefined) return false;
    if (version !== this.#version) this.#waitsSince = undefined;
    this.#version = version;
    this.#decided.clear();
    this.#selective = this.#policies
      .of(this.#probe.metadata.namespace)
      .filter(({ spec }) => spec.podSelector !== undefined);
    return true;
  }

  /** The version of Policies by which it was decided; negative before. */
  get version(): number {
    return this.#version;
  }

  /** Whether a decision waits for the API server to say who may use a policy. */
  get isWaiting(): boolean {
    return this.#waitsSince !== undefined;
  }

  keyOf({ metadata: { labels } }: ObservedPod): PolicyKey {
    return this.#selective.map(({ spec }) => (selectorMatches(spec.podSelector ?? {}, labels) ? '1' : '0')).join('');
  }

  /** @param pod any with this key; undefined where the probe matches none. */
  of(key: PolicyKey, pod: ObservedPod | undefined, now: number): Decision {
    const known = this.#decided.get(key);
    if (known !== undefined) return known;
    const decision = this.#keep(key, this.#policies.decide(this.#probe, pod?.metadata.labels), now);
    this.#decided.set(key, decision);
    return decision;
  }

  /** Over all pods. @param pods one for each key; none where the probe matches no pod. */
  judge(pods: ReadonlyMap<PolicyKey, ObservedPod>, now: number): Judgment {
    const [first, ...others] = [...pods].map(([key, pod]) => this.of(key, pod, now));
    return judge(first === undefined ? [this.of('none', undefined, now)] : [first, ...others]);
  }

  /** While it is not known who may use a policy, what was decided before counts, for some seconds: nothing is torn out for a moment. */
  #keep(key: PolicyKey, decision: Decision, now: number): Decision {
    if (decision.outcome !== 'Undecided') {
      this.#last.set(key, decision);
      this.#lastOfAny = decision;
      return decision;
    }
    this.#waitsSince ??= now;
    const last = this.#last.get(key) ?? this.#lastOfAny;
    return last !== undefined && now - this.#waitsSince <= KEPT_MS ? last : decision;
  }
}
