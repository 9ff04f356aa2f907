import type { Probe } from '../../api/kinds.ts';
import { checkProbe } from '../../expression/check-probe.ts';
import type { Informer } from '../../kube/informer.ts';
import type { Language } from '../../language/language.ts';
import { matchesTarget } from '../../pods/matches-target.ts';
import { isRunning, type ObservedPod } from '../../pods/observed-pod.ts';
import type { AdmissionVerdict } from '../../policy/admission-verdict.ts';
import { approvalState } from '../../policy/approvals.ts';
import { checkPatterns } from '../../policy/check-policy.ts';
import type { Decision } from '../../policy/decide.ts';
import { deniersOf, describeDenial, type Judgment, judge } from '../../policy/judge.ts';
import { describePolicy } from '../../policy/policy-view.ts';
import type { Policies } from './policies.ts';
import { type QuotaRoom, quotaRoom } from './quota-room.ts';

export interface AdmitOptions {
  readonly policies: Pick<Policies, 'know' | 'decide'>;
  readonly pods: Pick<Informer<ObservedPod>, 'by'>;
  /** Probes of all kinds, for what is left of quotas. */
  readonly probes: readonly Pick<Informer<Probe>, 'list'>[];
  /** Whether everything that decisions depend on has been read. */
  isReady(): boolean;
  /** Languages in which an error in an expression refuses the probe; none as soon as one of its processes has a language that is not known. */
  languagesOf(probe: Probe): readonly Language[];
}

/** Nothing can be decided yet; the request fails and may be repeated. */
class Undecided extends Error {}

/** What is said of a probe that is to be created or changed, by the same decisions as those on which the operator lets it into processes. */
export async function admitProbe(probe: Probe, options: AdmitOptions): Promise<AdmissionVerdict> {
  if (!options.isReady()) throw new Undecided('the operator has not read all policies yet');
  const wrong = [...checkProbe(probe, options.languagesOf(probe)), ...checkPatterns(probe.spec.redaction)];
  if (wrong.length > 0) {
    return { is: 'Wrong', message: wrong.map(({ field, message }) => `${field}: ${message}`).join('; ') };
  }
  await options.policies.know(probe);
  const matched = matchedPods(probe, options.pods);
  const judgment = judge(decisionsOf(probe, matched, options.policies));
  switch (judgment.outcome) {
    case 'Undecided':
      throw new Undecided(
        `the API server did not say whether the requester may use ${judgment.policies.map(describePolicy).join(', ')}`,
      );
    case 'Denied':
      return {
        is: 'Forbidden',
        message: judgment.denials.map(describeDenial).join(' '),
        policies: deniersOf(judgment),
        denials: judgment.denials,
      };
    case 'Accepted': {
      const room = quotaRoom({
        ...{ probe, judgment, matched },
        others: () => options.probes.flatMap((informer) => informer.list()),
        matchedBy: (other) => matchedPods(other, options.pods),
      });
      // It would wait for ever, and nothing but another spec helps.
      if (room.is === 'Never') {
        const { denial, policy } = room;
        return { is: 'Forbidden', message: describeDenial(denial), policies: [policy], denials: [denial] };
      }
      return { is: 'Fine', warnings: warningsOf(probe, judgment, room) };
    }
  }
}

function warningsOf(probe: Probe, judgment: Extract<Judgment, { outcome: 'Accepted' }>, room: QuotaRoom): string[] {
  const { cuts, stops, approvals } = judgment;
  const [denial] = judgment.denials;
  const { missing } = approvalState(probe, approvals);
  return [
    ...cuts.map(({ field, asked, effective, policy }) => `${policy} cuts spec.${field} from ${asked} to ${effective}`),
    ...(denial === undefined ? [] : [`in some pods it is denied: ${describeDenial(denial)}`]),
    ...stops.map((policy) => `it waits, as ${describePolicy(policy)} is stopped: ${policy.spec.stopped?.reason}`),
    ...missing.map((policy) => `it waits for an approval by ${describePolicy(policy)}: kubectl davylamp approve`),
    ...(room.is === 'Used' ? [`it waits, as there is no room for it: ${room.message}`] : []),
  ];
}

/** The running pods that the probe matches now. */
export function matchedPods({ metadata, spec }: Probe, pods: AdmitOptions['pods']): ObservedPod[] {
  return pods.by('namespace', metadata.namespace).filter((pod) => isRunning(pod) && matchesTarget(spec.target, pod));
}

/** One decision for each different set of labels of the pods; without any, that of no pod. */
export function decisionsOf(
  probe: Probe,
  matched: readonly ObservedPod[],
  policies: Pick<Policies, 'decide'>,
): [Decision, ...Decision[]] {
  const different = new Map(
    matched.map(({ metadata: { labels } }) => [JSON.stringify(Object.entries(labels).sort()), labels]),
  );
  const [first, ...others] = [...different.values()].map((labels) => policies.decide(probe, labels));
  return first === undefined ? [policies.decide(probe, undefined)] : [first, ...others];
}
