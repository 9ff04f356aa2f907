import type { EffectiveDynamicLog, EffectiveSnapshot } from '../../../src/api/effective-probe.ts';
import { KINDS, type Probe } from '../../../src/api/kinds.ts';
import type { Target } from '../../../src/api/probe.ts';
import type { Policies } from '../../../src/controllers/policies/policies.ts';
import type { ProcessView } from '../../../src/gateway/fleet/fleet.ts';
import type { ObservedPod } from '../../../src/pods/observed-pod.ts';
import { decide, withBuiltInDefaults } from '../../../src/policy/decide.ts';
import { defaultPolicy } from '../../../src/policy/default-policy.ts';
import { type Judgment, judge } from '../../../src/policy/judge.ts';
import type { Result } from '../../../src/protocol/result.ts';
import type { ProbeState, ProcessInfo } from '../../../src/protocol/state.ts';
import type { SeenResult } from '../../runtime/node/harness/seen-result.ts';

/** No policies but the built-in one. */
export const NO_POLICIES: Pick<Policies, 'version' | 'of' | 'decide'> = {
  version: 1,
  of: () => [],
  decide: (probe, podLabels) =>
    decide({
      probe,
      policies: [defaultPolicy()],
      place: { namespace: 'shop', namespaceLabels: {}, podLabels },
      holdsUse: () => undefined,
    }),
};

/** What they say of it. */
export function accepted(probe: Probe): Judgment {
  return judge([NO_POLICIES.decide(probe, {})]);
}

/** A pod with one container and an agent, unless `changes` say otherwise. */
export function pod(
  name: string,
  changes: Partial<Omit<ObservedPod, 'metadata'>> & { labels?: Record<string, string> } = {},
): ObservedPod {
  const { labels = { app: 'orders' }, ...rest } = changes;
  return {
    metadata: { namespace: 'shop', name, uid: `uid-${name}`, resourceVersion: '1', labels },
    phase: 'Running',
    containers: ['app'],
    isInjected: rest.hasAgent !== false,
    hasAgent: true,
    ...rest,
  };
}

export const selected: Target = { selector: { matchLabels: { app: 'orders' } } };

export function dynamicLog(changes: { spec?: object; status?: object; generation?: number } = {}): EffectiveDynamicLog {
  const asked = KINDS.DynamicLog.schema.parse({
    apiVersion: 'davylamp.dev/v1alpha1',
    kind: 'DynamicLog',
    metadata: {
      namespace: 'shop',
      name: 'large',
      uid: 'probe-1',
      generation: changes.generation ?? 1,
      resourceVersion: '7',
    },
    spec: {
      target: selected,
      location: { file: 'src/orders.ts', line: 42 },
      message: 'order {order.id}',
      ...changes.spec,
    },
    status: changes.status,
  });
  return withBuiltInDefaults(asked);
}

export function snapshot(changes: { spec?: object; status?: object } = {}): EffectiveSnapshot {
  const asked = KINDS.Snapshot.schema.parse({
    apiVersion: 'davylamp.dev/v1alpha1',
    kind: 'Snapshot',
    metadata: { namespace: 'shop', name: 'moment', uid: 'probe-2', generation: 1, resourceVersion: '7' },
    spec: { target: selected, location: { file: 'src/orders.ts', line: 42 }, ...changes.spec },
    status: changes.status,
  });
  return withBuiltInDefaults(asked);
}

export function processInfo(instanceID: string, changes: Partial<ProcessInfo> = {}): ProcessInfo {
  return {
    instanceID,
    pid: 7,
    containerName: 'app',
    language: 'JavaScript',
    languageVersion: 'v24.0.0',
    runtimeVersion: '0.1.0',
    placements: ['Breakpoint'],
    command: 'node server.js',
    ...changes,
  };
}

export function state(changes: Partial<ProbeState> = {}): ProbeState {
  return { uid: 'probe-1', generation: 1, state: 'Armed', reason: 'Armed', hits: 0, dropped: [], ...changes };
}

export function view(
  instanceID: string,
  changes: Partial<ProbeState> = {},
  process: Partial<ProcessInfo> = {},
): ProcessView {
  return { process: processInfo(instanceID, process), acknowledged: true, state: state(changes) };
}

export function result(sequence: number, { capture, ...changes }: Partial<SeenResult> = {}): Result {
  const base = {
    sequence,
    uid: 'probe-1',
    generation: 1,
    instanceID: 'instance-1',
    time: Date.parse('2026-11-21T10:00:00Z') + sequence,
    location: 'src/orders.ts:42:5',
  };
  if (capture !== undefined) return { ...base, ...changes, kind: 'Snapshot', capture };
  return { ...base, log: { level: 'Info', message: `order ${sequence}` }, ...changes, kind: 'DynamicLog' };
}

/** The object as it is after an operator has written `status` into it. */
export function withStatus<P extends Probe>(probe: P, status: object): P {
  return { ...probe, status: JSON.parse(JSON.stringify(status)) };
}
