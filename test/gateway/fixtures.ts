import type { AttachedIdentity, PodIdentity } from '../../src/gateway/agents/identity.ts';
import type { ProcessInfo } from '../../src/protocol/state.ts';
import type { WireProbe } from '../../src/protocol/wire-probe.ts';

export const identity: PodIdentity = {
  namespace: 'shop',
  podName: 'orders-1',
  podUID: 'pod-1',
};

/** An agent in an ephemeral container of the pod. */
export const attachedIdentity = (podUID = 'pod-1'): AttachedIdentity => ({
  ...{ namespace: 'shop', podName: 'orders-1', podUID },
  containerName: 'davylamp-attached',
});

/** A probe as the gateway sends it. */
export const probe = (uid: string, generation = 1): WireProbe => ({
  kind: 'DynamicLog',
  uid,
  generation,
  namespace: 'shop',
  name: uid,
  location: { file: 'a.ts', line: 1 },
  expireTime: 1,
  limits: { hitsPerSecond: 1, remainingHits: 1, cpuMillisecondsPerSecond: 1, maxStallMilliseconds: 1, payloadBytes: 1 },
  level: 'Info',
  message: 'x',
});

/** A process as an agent reports it. */
export const runtime = (instanceID = 'instance-1'): ProcessInfo => ({
  instanceID,
  pid: 7,
  language: 'nodejs',
  languageVersion: '24',
  runtimeVersion: '0',
  placements: ['Breakpoint'],
  command: 'node app.js',
});
