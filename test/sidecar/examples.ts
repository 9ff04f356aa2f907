import type { Result } from '../../src/protocol/result.ts';
import type { ProbeState, ProcessInfo } from '../../src/protocol/state.ts';
import type { WireProbe } from '../../src/protocol/wire-probe.ts';
import type { SeenResult } from '../runtime/node/harness/seen-result.ts';

/** Valid objects of the wires, to be changed where a test is about it. */

export const exampleProcess = (changes: Partial<ProcessInfo> = {}): ProcessInfo => ({
  instanceID: 'process-1',
  pid: 4711,
  containerName: 'app',
  language: 'javascript',
  languageVersion: 'Node.js 24',
  runtimeVersion: 'dev',
  placements: ['Breakpoint'],
  command: 'node server.js',
  ...changes,
});

export const exampleProbe = (changes: Partial<Extract<WireProbe, { kind: 'DynamicLog' }>> = {}): WireProbe => ({
  kind: 'DynamicLog',
  uid: 'uid-1',
  generation: 1,
  namespace: 'shop',
  name: 'large-orders',
  location: { file: 'src/orders.ts', line: 50 },
  expireTime: 2_000_000_000_000,
  limits: {
    hitsPerSecond: 50,
    remainingHits: 100,
    cpuMillisecondsPerSecond: 10,
    maxStallMilliseconds: 100,
    payloadBytes: 65_536,
  },
  level: 'Info',
  message: 'order {order.id}',
  ...changes,
});

export const exampleState = (changes: Partial<ProbeState> = {}): ProbeState => ({
  uid: 'uid-1',
  generation: 1,
  state: 'Armed',
  reason: 'Armed',
  hits: 0,
  dropped: [],
  ...changes,
});

export const exampleResult = (sequence: number, { capture, ...changes }: Partial<SeenResult> = {}): Result => {
  const base = {
    sequence,
    uid: 'uid-1',
    generation: 1,
    instanceID: 'process-1',
    time: 1_795_000_000_000,
    location: 'src/orders.ts:50:11',
  };
  if (capture !== undefined) return { ...base, ...changes, kind: 'Snapshot', capture };
  return { ...base, log: { level: 'Info', message: `order ${sequence}` }, ...changes, kind: 'DynamicLog' };
};
