import { isInCode } from '../../../api/instance-state.ts';
import type { PolicyView } from '../../../policy/policy-view.ts';
import type { ProcessInfo } from '../../../protocol/state.ts';
import type { MatchedPod } from '../status/verdict.ts';
import type { ProbeRecord } from './probe-record.ts';

/** Under which rules of redaction a probe is in the code of one process, as that has said last. */
export interface EnforcedRules {
  /** The same object for all probes of the process. */
  readonly process: ProcessInfo;
  /** Name of the rules (redaction-hash.ts); undefined for those that are always in force. */
  readonly hash: string | undefined;
  /** Whether they are the rules that are to be in force there. */
  readonly isCurrent: boolean;
}

/** One pod with processes that have the probe in their code. */
export interface EnforcingPod {
  /** All that govern the probe in this pod. */
  readonly policies: readonly PolicyView[];
  readonly rules: readonly EnforcedRules[];
}

type Assigned = Pick<MatchedPod, 'connected' | 'processes' | 'redactionHash'> & { readonly isAssigned: boolean };

/** None for a pod whose agent is not connected: what its processes do now, nobody knows. */
export function enforcedRules({ connected, processes, redactionHash, isAssigned }: Assigned): EnforcedRules[] {
  if (!connected) return [];
  return processes.flatMap(({ process, state }) => {
    if (state === undefined || !isInCode(state.state)) return [];
    const { redactionHash: hash } = state;
    return { process, hash, isCurrent: isAssigned && hash === redactionHash };
  });
}

/** Equal where as many processes enforce the same. Most pods have one process, and all of them one text. */
export function keyOfRules(rules: readonly EnforcedRules[]): string {
  return rules.map(({ hash = 'none', isCurrent }) => `${hash}${isCurrent ? '' : '!'}`).join(' ');
}

/** The pods in which the probe is in code, read anew in the Fleet, one after the other, so that who reads them can pause in between. */
export function* enforcingPods({ planned }: ProbeRecord, now: number): Generator<EnforcingPod> {
  for (const pod of planned.byUID.values()) {
    const { policyKey, isAssigned } = pod;
    const decision = policyKey === undefined ? undefined : planned.decisions?.of(policyKey, pod.pod, now);
    if (decision === undefined || decision.outcome === 'Undecided') continue;
    yield { policies: decision.policies, rules: enforcedRules({ ...pod.read(), isAssigned }) };
  }
}
