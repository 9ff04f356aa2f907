import type { Policy, PolicyKind, PolicyRule, PolicySpec } from '../api/policy.ts';
import { endSentence, oneLine } from './one-line.ts';

/** A policy, as decisions need it. */
export interface PolicyView {
  readonly kind: PolicyKind;
  readonly name: string;
  /** Undefined for a policy of the cluster. */
  readonly namespace?: string | undefined;
  /** As it is written, but for the texts that are told to people: those are of one line. */
  readonly spec: PolicySpec;
  /** Why its spec cannot be read; it is about everything then, and denies it. */
  readonly unreadable?: string | undefined;
  /** Of the object in the API server; undefined for the default policy and for one from a file. */
  readonly uid?: string | undefined;
  readonly generation?: number | undefined;
  /** The policy that always governs, whether there are others or not. */
  readonly isDefault?: boolean;
}

export function viewOf(policy: Policy): PolicyView {
  const { kind, metadata } = policy;
  const spec = withShownTexts(policy.spec);
  return policy.kind === 'InstrumentationPolicy'
    ? { kind, name: metadata.name, namespace: policy.metadata.namespace, spec }
    : { kind, name: metadata.name, spec };
}

/** The spec with its free texts as they are told: why it is stopped without an end, and what its rules say as a sentence. */
export function withShownTexts(spec: PolicySpec): PolicySpec {
  const { rules, stopped } = spec;
  return {
    ...spec,
    ...(rules && { rules: rules.map(withShownMessage) }),
    ...(stopped && { stopped: { reason: oneLine(stopped.reason).replace(/\.$/, '') || 'no reason is given' } }),
  };
}

function withShownMessage({ message, ...rule }: PolicyRule): PolicyRule {
  const text = oneLine(message ?? '');
  return text === '' ? rule : { ...rule, message: endSentence(text) };
}

/** What the policy is called in messages and in status: `ClusterInstrumentationPolicy developers`. */
export function describePolicy({ kind, name, isDefault }: PolicyView): string {
  return isDefault === true ? 'the default policy' : `${kind} ${name}`;
}

/** Tells it from every other policy of the cluster. */
export function policyKey({ kind, namespace = '', name }: Pick<PolicyView, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace}/${name}`;
}

/** What {@link describePolicy} says of the policy with this key. */
export function describePolicyKey(key: string): string {
  return key.replace(/ [^/ ]*\//, ' ');
}

/** An order that depends on nothing but the policies: default, then cluster, then namespace, each by name. */
export function inOrder(policies: readonly PolicyView[]): PolicyView[] {
  const rank = ({ kind, isDefault }: PolicyView) =>
    isDefault === true ? 0 : kind === 'ClusterInstrumentationPolicy' ? 1 : 2;
  return policies.toSorted((a, b) => rank(a) - rank(b) || compare(a.name, b.name) || compare(a.namespace, b.namespace));
}

const compare = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);
