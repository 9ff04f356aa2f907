import type { Probe } from '../../api/kinds.ts';
import type { Informer } from '../../kube/informer.ts';
import { type Decision, decide } from '../../policy/decide.ts';
import { inOrder, type PolicyView } from '../../policy/policy-view.ts';
import { holdsUseOf, requesterOf } from '../../policy/requester.ts';
import type { ObservedNamespace } from '../observed-namespace.ts';
import type { Access, AccessQuestion } from './access.ts';
import type { PolicyObject } from './policy-object.ts';

export const POLICY_INDEXES = { namespace: ({ metadata }: PolicyObject) => [metadata.namespace ?? ''] };

export interface PoliciesOptions {
  /** The policy that always governs. */
  readonly standard: PolicyView;
  readonly ofCluster: Pick<Informer<PolicyObject>, 'list'>;
  /** With the indexes of {@link POLICY_INDEXES}. */
  readonly ofNamespaces: Pick<Informer<PolicyObject>, 'by' | 'list'>;
  readonly namespaces: Pick<Informer<ObservedNamespace>, 'get'>;
  readonly access: Pick<Access, 'get' | 'know'>;
}

/** Every policy of the cluster, and what they say of a probe now. All in memory: what is not known yet is asked for, and told as Undecided. */
export class Policies {
  readonly #options: PoliciesOptions;
  #version = 0;

  constructor(options: PoliciesOptions) {
    this.#options = options;
  }

  /** Grows when anything has changed on which a decision may depend besides the probe and its pods. */
  get version(): number {
    return this.#version;
  }

  changed(): void {
    this.#version += 1;
  }

  /** Every one, the default policy included. */
  all(): readonly PolicyView[] {
    const { standard, ofCluster, ofNamespaces } = this.#options;
    return [standard, ...[...ofCluster.list(), ...ofNamespaces.list()].map(({ view }) => view)];
  }

  /** Labels of the namespace; undefined while they are not known. */
  labelsOf(namespace: string): Readonly<Record<string, string>> | undefined {
    return this.#options.namespaces.get(undefined, namespace)?.labels;
  }

  /** Those that may be about a probe in this namespace, the default policy included, in the order in which they are told. */
  of(namespace: string): readonly PolicyView[] {
    const { standard, ofCluster, ofNamespaces } = this.#options;
    const objects = [...ofCluster.list(), ...ofNamespaces.by('namespace', namespace)];
    return inOrder([standard, ...objects.map(({ view }) => view)]);
  }

  /** Learns who may use the policies that may be about the probe, so that `decide` can tell at once. An API server that does not answer is not waited for. */
  async know(probe: Probe): Promise<void> {
    await Promise.allSettled(this.#questionsOf(probe).map((question) => this.#options.access.know(question)));
  }

  /** Asks anew what is old of what the decision about the probe relies on; a change is told as any other. */
  recheck(probe: Probe): void {
    for (const question of this.#questionsOf(probe)) this.#options.access.get(question);
  }

  /** @param podLabels of one pod that the probe matches; undefined where there is none. */
  decide(probe: Probe, podLabels: Readonly<Record<string, string>> | undefined): Decision {
    const { access } = this.#options;
    const { namespace } = probe.metadata;
    const namespaceLabels = this.labelsOf(namespace);
    // A namespace that was created a moment ago; until its labels are known, any policy may be about it.
    if (namespaceLabels === undefined) return { outcome: 'Undecided', policies: [] };
    return decide({
      probe,
      policies: this.of(namespace),
      place: { namespace, namespaceLabels, podLabels },
      holdsUse: holdsUseOf(requesterOf(probe.metadata), (requester, policy) =>
        access.get({ requester, verb: 'use', policy, namespace }),
      ),
    });
  }

  #questionsOf({ metadata }: Probe): AccessQuestion[] {
    const { namespace } = metadata;
    const requester = requesterOf(metadata);
    if (requester === undefined) return [];
    const ofUsers = this.of(namespace).filter(({ spec }) => spec.requesters !== 'Everybody');
    return ofUsers.map((policy) => ({ requester, verb: 'use', policy, namespace }));
  }
}
