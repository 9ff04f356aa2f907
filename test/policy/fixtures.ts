import type { DynamicLog } from '../../src/api/dynamiclog.ts';
import { KINDS, type Probe } from '../../src/api/kinds.ts';
import { type ClusterInstrumentationPolicy, clusterPolicySchema, policySchema } from '../../src/api/policy.ts';
import type { Snapshot } from '../../src/api/snapshot.ts';
import { type Accepted, type Decision, decide } from '../../src/policy/decide.ts';
import { defaultPolicy } from '../../src/policy/default-policy.ts';
import type { HoldsUse, Place } from '../../src/policy/governs.ts';
import { type PolicyView, viewOf } from '../../src/policy/policy-view.ts';

const head = { apiVersion: 'davylamp.dev/v1alpha1', metadata: { name: 'asked', namespace: 'shop', uid: 'u-1' } };
const TARGET = { selector: { matchLabels: { app: 'orders' } } };

/** A probe with nothing but what it must have. */
export function log(spec: object = {}): DynamicLog {
  const whole = { target: TARGET, location: { file: 'src/orders.ts', line: 42 }, message: 'order {order.id}', ...spec };
  return KINDS.DynamicLog.schema.parse({ ...head, kind: 'DynamicLog', spec: whole });
}

export function snap(spec: object = {}): Snapshot {
  const whole = { target: TARGET, location: { file: 'src/orders.ts', line: 42 }, ...spec };
  return KINDS.Snapshot.schema.parse({ ...head, kind: 'Snapshot', spec: whole });
}

/** A policy of the cluster, as somebody writes it. */
export function written(name: string, spec: object): ClusterInstrumentationPolicy {
  const kind = 'ClusterInstrumentationPolicy';
  return clusterPolicySchema.parse({ apiVersion: head.apiVersion, kind, metadata: { name }, spec });
}

export function clusterPolicy(name: string, spec: object): PolicyView {
  return viewOf(written(name, spec));
}

export function policy(name: string, spec: object, namespace = 'shop'): PolicyView {
  const kind = 'InstrumentationPolicy';
  return viewOf(policySchema.parse({ apiVersion: head.apiVersion, kind, metadata: { name, namespace }, spec }));
}

export const SHOP: Place = { namespace: 'shop', namespaceLabels: { team: 'shop' }, podLabels: { app: 'orders' } };

/** What is decided under the default policy and these. */
export function decided(
  probe: Probe,
  policies: readonly PolicyView[],
  { place = SHOP, holdsUse = () => true }: { place?: Place; holdsUse?: HoldsUse } = {},
): Decision {
  return decide({ probe, policies: [defaultPolicy(), ...policies], place, holdsUse });
}

/** The same, of a probe that is to be accepted. */
export function accepted(...input: Parameters<typeof decided>): Accepted {
  const decision = decided(...input);
  if (decision.outcome !== 'Accepted') throw new Error(`${decision.outcome}: ${JSON.stringify(decision)}`);
  return decision;
}

/** `policy: rule: message` of every denial. */
export function denials(...input: Parameters<typeof decided>): string[] {
  const decision = decided(...input);
  if (decision.outcome !== 'Denied') return [];
  return decision.denials.map(({ policy: name, rule, message }) => [name, rule, message].filter(Boolean).join(': '));
}
