import type { Requester } from '../../policy/requester.ts';
import type { LoadedProbe, ManifestIssue } from '../manifests/manifests.ts';
import type { OfflinePolicies } from './offline-policies.ts';
import { describeOpenQuestions, type OpenQuestion, openQuestions } from './open-questions.ts';
import type { Verdict } from './verdict.ts';
import { describeReason } from './verdict-record.ts';

export interface ProbeVerdict {
  readonly loaded: LoadedProbe;
  readonly verdict: Verdict;
}

/** What policies say of manifests, each where it stands. */
export interface DecidedManifests {
  readonly decisions: readonly ProbeVerdict[];
  /** Denials. */
  readonly issues: readonly ManifestIssue[];
  /** What a probe waits for, and what it asks for and does not get. */
  readonly warnings: readonly ManifestIssue[];
  /** What only a cluster knows. */
  readonly notes: readonly string[];
}

/** @param requester undefined where it is not known who asks. */
export function decideManifests(
  probes: readonly LoadedProbe[],
  policies: OfflinePolicies,
  requester: Requester | undefined,
): DecidedManifests {
  const decisions: ProbeVerdict[] = [];
  const issues: ManifestIssue[] = [];
  const warnings: ManifestIssue[] = [];
  const open: OpenQuestion[] = [];
  for (const loaded of probes) {
    const question = { probe: loaded.probe, requester };
    const verdict = policies.decide(question);
    decisions.push({ loaded, verdict });
    open.push(...openQuestions(policies, question));
    const told = verdict.decision === 'Denied' ? issues : warnings;
    for (const reason of verdict.reasons) told.push(issueAt(loaded, reason.field, describeReason(reason)));
    for (const { field, asked, effective, policy } of verdict.cuts)
      warnings.push(issueAt(loaded, `spec.${field}`, `${effective} counts in the place of ${asked}, by ${policy}`));
  }
  return { decisions, issues, warnings, notes: describeOpenQuestions(open) };
}

function issueAt({ file, probe, positionOf }: LoadedProbe, field: string, message: string): ManifestIssue {
  return { file, ...positionOf(field), object: `${probe.kind} ${probe.metadata.name}`, field, message };
}
