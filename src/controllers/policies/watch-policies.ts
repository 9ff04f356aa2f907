import { isDeepStrictEqual } from 'node:util';
import type { Informer } from '../../kube/informer.ts';
import type { ObservedNamespace } from '../observed-namespace.ts';
import type { Policies } from './policies.ts';
import type { PolicyObject } from './policy-object.ts';

/** Changes that come within so many milliseconds are told together: `kubectl apply` of a directory makes many at once. */
const TOGETHER_MS = 20;

export interface PolicyWatchOptions {
  readonly policies: Policies;
  readonly ofCluster: Informer<PolicyObject>;
  readonly ofNamespaces: Informer<PolicyObject>;
  readonly namespaces: Informer<ObservedNamespace>;
  /** Has every probe of the namespace, or of all of them, decided anew. */
  reconsider(namespace: string | undefined): void;
}

export interface PolicyWatch {
  /** Begins to tell changes; called once. */
  start(): void;
  /** Something has changed on which decisions in this namespace depend, or, without one, in all of them. */
  changed(namespace: string | undefined): void;
}

/**
 * Observes: policies, labels of namespaces, and who may use what (Access).
 * Decides: nothing.
 * Writes: the version of Policies, and has the probes that a change may concern decided anew.
 * Read by: the probe controller.
 */
export function watchPolicies({
  policies,
  ofCluster,
  ofNamespaces,
  namespaces,
  reconsider,
}: PolicyWatchOptions): PolicyWatch {
  const concerned = new Set<string | undefined>();
  let isTelling = false;
  let isStarted = false;
  const tell = (): void => {
    isTelling = false;
    const list = concerned.has(undefined) ? [undefined] : [...concerned];
    concerned.clear();
    for (const namespace of list) reconsider(namespace);
  };
  const changed = (namespace: string | undefined): void => {
    policies.changed();
    if (!isStarted) return;
    concerned.add(namespace);
    if (!isTelling) setTimeout(tell, TOGETHER_MS);
    isTelling = true;
  };
  const start = (): void => {
    ofCluster.onChange(({ object, before }) => {
      if (isOtherPolicy(object, before)) changed(undefined);
    });
    ofNamespaces.onChange(({ object, before }) => {
      if (isOtherPolicy(object, before)) changed(object.metadata.namespace);
    });
    namespaces.onChange(({ object, before }) => {
      if (before === undefined || !isDeepStrictEqual(object.labels, before.labels)) changed(object.metadata.name);
    });
    isStarted = true;
  };
  return { start, changed };
}

/** Every status that is written to a policy changes the object, too. */
function isOtherPolicy(object: PolicyObject, before: PolicyObject | undefined): boolean {
  return before === undefined || !isDeepStrictEqual(object.view, before.view);
}
