import { GROUP, type Probe } from '../../api/kinds.ts';
import { policyResource } from '../../api/resources.ts';
import { decide } from '../../policy/decide.ts';
import { defaultPolicy } from '../../policy/default-policy.ts';
import type { Place } from '../../policy/governs.ts';
import { type PolicyView, viewOf } from '../../policy/policy-view.ts';
import type { Requester } from '../../policy/requester.ts';
import type { ManifestIssue } from '../manifests/document-issues.ts';
import { readDefaultPolicy } from './default-policy-file.ts';
import { type Labels, NamespaceLabels } from './namespaces.ts';
import { demandedLabels } from './pod-labels.ts';
import { type PolicyFiles, readPolicyFiles } from './policy-files.ts';
import { Rbac } from './rbac.ts';
import { type Approval, type Verdict, verdictOf } from './verdict.ts';

/** A probe, and what is to be known of its surroundings. */
export interface OfflineQuestion {
  readonly probe: Probe;
  /** False where nobody says in which namespace it is, so that it is taken to be in `default`. */
  readonly isPlaced?: boolean;
  /** Undefined where it is not known: then it counts as if every policy were the requester's to use. */
  readonly requester?: Requester | undefined;
  /** Of one pod; the labels that the probe demands unless given. */
  readonly podLabels?: Labels | undefined;
  /** Besides those of its manifest. */
  readonly namespaceLabels?: Labels | undefined;
  readonly approval?: Approval | undefined;
}

/** A namespace that there cannot be, in which nothing is granted but what is granted everywhere. */
const NOWHERE = '';

/** Policies, and who holds them, out of manifests: decides without a cluster as the operator does with one. */
export class OfflinePolicies {
  /** The default policy first. */
  readonly policies: readonly PolicyView[];
  readonly namespaces: NamespaceLabels;
  readonly #rbac: Rbac;
  readonly #unplaced: ReadonlySet<PolicyView>;

  constructor(byDefault: PolicyView, { policies, unplaced, rbac, namespaces }: Omit<PolicyFiles, 'issues'>) {
    const views = policies.map((policy) => ({ view: viewOf(policy), isPlaced: !unplaced.has(policy) }));
    this.policies = [byDefault, ...views.map(({ view }) => view)];
    this.#unplaced = new Set(views.filter(({ isPlaced }) => !isPlaced).map(({ view }) => view));
    this.namespaces = new NamespaceLabels(namespaces);
    this.#rbac = new Rbac(rbac);
  }

  /** Whether the requester has the RBAC verb on the policy, in the namespace of a probe. */
  holds(verb: 'use' | 'approve', requester: Requester, { kind, name }: PolicyView, namespace: string): boolean {
    const resource = policyResource(kind).plural;
    return this.#rbac.allows(requester, { verb, apiGroup: GROUP, resource, name, namespace });
  }

  /** Whether somebody says in which namespace the policy is, or it is of the cluster. */
  isPlaced(policy: PolicyView): boolean {
    return !this.#unplaced.has(policy);
  }

  /** Whether the requester may use the policy in some namespaces only. */
  isUseByNamespace(requester: Requester, policy: PolicyView): boolean {
    const isEverywhere = this.holds('use', requester, policy, NOWHERE);
    return !isEverywhere && [...this.#rbac.namespaces].some((one) => this.holds('use', requester, policy, one));
  }

  placeOf({ probe, podLabels, namespaceLabels }: OfflineQuestion): Place {
    const { namespace } = probe.metadata;
    return {
      namespace,
      namespaceLabels: this.namespaces.of(namespace, namespaceLabels),
      podLabels: podLabels ?? demandedLabels(probe) ?? {},
    };
  }

  decide(question: OfflineQuestion): Verdict {
    const { probe, requester, approval } = question;
    const { namespace } = probe.metadata;
    const decision = decide({
      probe,
      policies: this.policies,
      place: this.placeOf(question),
      holdsUse: (policy) => requester === undefined || this.holds('use', requester, policy, namespace),
    });
    const holdsApprove = (approver: Requester, policy: PolicyView): boolean =>
      this.holds('approve', approver, policy, namespace);
    return verdictOf(decision, { requester, approval, holdsApprove });
  }
}

/** Paths were given for policies, and there is none; who goes on would take everything for allowed. */
export class NoPoliciesError extends Error {
  constructor(paths: readonly string[]) {
    const kinds = 'InstrumentationPolicy or ClusterInstrumentationPolicy';
    super(`there is no ${kinds} in ${paths.join(', ')}; give the files or directories in which the policies are`);
    this.name = 'NoPoliciesError';
  }
}

export interface LoadedPolicies {
  /** Undefined when something is wrong: a policy that is not read would allow too much. */
  readonly policies?: OfflinePolicies;
  readonly issues: readonly ManifestIssue[];
}

/**
 * @param paths files, and directories at any depth. @param defaultFile a manifest in the place of the built-in default policy.
 * @param namespace in which is what names none.
 * @throws UnreadableError, NoPoliciesError
 */
export async function loadOfflinePolicies(
  paths: readonly string[],
  defaultFile?: string,
  namespace?: string,
): Promise<LoadedPolicies> {
  const byDefault = defaultFile === undefined ? { issues: [] } : await readDefaultPolicy(defaultFile);
  const files = await readPolicyFiles(paths, defaultFile, namespace);
  const issues = [...byDefault.issues, ...files.issues];
  if (issues.length > 0) return { issues };
  if (paths.length > 0 && files.policies.length === 0) throw new NoPoliciesError(paths);
  return { policies: new OfflinePolicies(defaultPolicy(byDefault.spec), files), issues };
}
