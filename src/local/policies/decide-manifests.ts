import type { Requester } from '../../policy/requester.ts';
import type { LoadedProbe, ManifestIssue } from '../manifests/manifests.ts';
import type { OfflinePolicies } from './offline-policies.ts';
import { describeOpenQuestions, type OpenQuestion, openQuestions } from './open-questions.ts';
import type { Verdict } from './verdict.ts';
import { describeCounted, describeReason } from './verdict-record.ts';

/** What policies say of one manifest, each where it stands. */
export interface DecidedManifest {
  readonly loaded: LoadedProbe;
  readonly verdict: Verdict;
  readonly denials: readonly ManifestIssue[];
  /** What it waits for. */
  readonly holds: readonly ManifestIssue[];
  /** What it asks for and does not get. */
  readonly cuts: readonly ManifestIssue[];
}

export interface DecidedManifests {
  readonly decisions: readonly DecidedManifest[];
  /** What only a cluster knows. */
  readonly notes: readonly string[];
}

/** @param requester undefined where it is not known who asks. */
export function decideManifests(
  probes: readonly LoadedProbe[],
  policies: OfflinePolicies,
  requester: Requester | undefined,
): DecidedManifests {
  const open: OpenQuestion[] = [];
  const decisions = probes.map((loaded): DecidedManifest => {
    const question = { probe: loaded.probe, isPlaced: loaded.isPlaced, requester };
    open.push(...openQuestions(policies, question));
    const verdict = policies.decide(question);
    const reasons = verdict.reasons.map((reason) => issueAt(loaded, reason.field, describeReason(reason)));
    const isDenied = verdict.decision === 'Denied';
    return {
      loaded,
      verdict,
      denials: isDenied ? reasons : [],
      holds: isDenied ? [] : reasons,
      cuts: verdict.cuts.map((cut) => issueAt(loaded, `spec.${cut.field}`, describeCounted(cut))),
    };
  });
  return { decisions, notes: describeOpenQuestions(open) };
}

/** A problem of the manifest of a probe, at one of its fields. */
export function issueAt({ file, probe, positionOf }: LoadedProbe, field: string, message: string): ManifestIssue {
  return { file, ...positionOf(field), object: `${probe.kind} ${probe.metadata.name}`, field, message };
}
