import type { Probe } from '../../api/kinds.ts';
import { checkProbe } from '../../expression/check-probe.ts';
import type { Informer } from '../../kube/informer.ts';
import type { Language } from '../../language/language.ts';
import { matchesTarget } from '../../pods/matches-target.ts';
import { isRunning, type ObservedPod } from '../../pods/observed-pod.ts';
import type { AdmissionVerdict } from '../../policy/admission-verdict.ts';
import { checkPatterns } from '../../policy/check-policy.ts';
import type { Decision } from '../../policy/decide.ts';
import { deniersOf, describeDenial, judge } from '../../policy/judge.ts';
import { describePolicy } from '../../policy/policy-view.ts';
import type { Policies } from './policies.ts';

export interface AdmitOptions {
  readonly policies: Pick<Policies, 'know' | 'decide'>;
  readonly pods: Pick<Informer<ObservedPod>, 'by'>;
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
  const judgment = judge(decisionsOf(probe, options));
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
      const {
        cuts,
        stops,
        denials: [denial],
      } = judgment;
      const warnings = [
        ...cuts.map(
          ({ field, asked, effective, policy }) => `${policy} cuts spec.${field} from ${asked} to ${effective}`,
        ),
        ...(denial === undefined ? [] : [`in some pods it is denied: ${describeDenial(denial)}`]),
        ...stops.map((policy) => `it waits, as ${describePolicy(policy)} is stopped: ${policy.spec.stopped?.reason}`),
      ];
      return { is: 'Fine', warnings };
    }
  }
}

/**
 * One decision for each different set of labels of the pods that match now; without any, that of no pod.
 */
export function decisionsOf(
  probe: Probe,
  { policies, pods }: Pick<AdmitOptions, 'policies' | 'pods'>,
): [Decision, ...Decision[]] {
  const { metadata, spec } = probe;
  const labels = new Map<string, Readonly<Record<string, string>>>();
  for (const pod of pods.by('namespace', metadata.namespace)) {
    if (!isRunning(pod) || !matchesTarget(spec.target, pod)) continue;
    labels.set(JSON.stringify(Object.entries(pod.metadata.labels).sort()), pod.metadata.labels);
  }
  const [first, ...others] = [...labels.values()].map((one) => policies.decide(probe, one));
  return first === undefined ? [policies.decide(probe, undefined)] : [first, ...others];
}
