import type { EffectiveProbe } from '../api/effective-probe.ts';
import type { Probe } from '../api/kinds.ts';
import { describePolicy } from '../policy/policy-view.ts';
import type { Requester } from '../policy/requester.ts';
import type { LoadedProbe, ManifestIssue } from './manifests/manifests.ts';
import { type DecidedManifest, decideManifests, issueAt } from './policies/decide-manifests.ts';
import type { OfflinePolicies } from './policies/offline-policies.ts';
import type { Verdict } from './policies/verdict.ts';
import { describeCut } from './policies/verdict-record.ts';
import type { Reporter } from './reporter.ts';

export interface RunPoliciesOptions {
  readonly policies: OfflinePolicies;
  /** Undefined where it is not known who asks. */
  readonly requester: Requester | undefined;
  /** Whether the runtime enters a process that runs already, which policies may forbid. */
  readonly isAttaching: boolean;
  readonly reporter: Pick<Reporter, 'issues' | 'note'>;
}

/** The policies of a local run: which probes may be in a process, and what people are told of them. */
export class RunPolicies {
  readonly #options: RunPoliciesOptions;
  /** What was told of the manifests as they were last. They are read again whenever one of them is saved. */
  #told: ReadonlySet<string> = new Set();

  constructor(options: RunPoliciesOptions) {
    this.#options = options;
  }

  /** The probe as it is enforced; undefined where it may be in no process. */
  decide(probe: Probe): EffectiveProbe | undefined {
    const { policies, requester } = this.#options;
    const verdict = policies.decide({ probe, requester });
    return this.#isAdmitted(verdict) ? verdict.effective : undefined;
  }

  /** Tells of each probe why it is in no process, and what it does not get. @returns how many may be in one. */
  tell(probes: readonly LoadedProbe[]): number {
    const { policies, requester, reporter } = this.#options;
    const { decisions, notes } = decideManifests(probes, policies, requester);
    const refusals = decisions.flatMap((decided) => this.#refusals(decided));
    const told = [...decisions.flatMap(describeCuts), ...notes];
    const isNew = (said: ManifestIssue | string): boolean => !this.#told.has(JSON.stringify(said));
    reporter.issues(refusals.filter(isNew));
    for (const text of told.filter(isNew)) reporter.note(text);
    this.#told = new Set([...refusals, ...told].map((said) => JSON.stringify(said)));
    return decisions.filter(({ verdict }) => this.#isAdmitted(verdict)).length;
  }

  #isAdmitted({ decision, attachForbidden }: Verdict): boolean {
    return decision === 'Accepted' && !(this.#options.isAttaching && attachForbidden !== undefined);
  }

  #refusals({ loaded, verdict, denials, holds }: DecidedManifest): ManifestIssue[] {
    const { attachForbidden } = verdict;
    const forbidden =
      attachForbidden === undefined || !this.#options.isAttaching
        ? []
        : [issueAt(loaded, 'spec', `${describePolicy(attachForbidden)}: ${NO_ATTACH}`)];
    const because = (why: string) => (issue: ManifestIssue) => ({ ...issue, message: `${why}: ${issue.message}` });
    return [
      ...[...denials, ...forbidden].map(because('denied, so it is in no process')),
      ...holds.map(because('held, so it is in no process')),
    ];
  }
}

const NO_ATTACH =
  'it forbids to enter a process that runs already (spec.attach); start the command with davylamp local … -- COMMAND';

function describeCuts({ loaded, verdict }: DecidedManifest): string[] {
  return verdict.cuts.map((cut) => `${loaded.probe.metadata.name}: ${describeCut(cut)}`);
}
