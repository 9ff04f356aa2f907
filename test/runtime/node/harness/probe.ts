import { randomUUID } from 'node:crypto';
import type { ProbeState } from '../../../../src/protocol/state.ts';
import type { WireDynamicLog, WireProbe, WireSnapshot } from '../../../../src/protocol/wire-probe.ts';
import type { SeenResult } from './seen-result.ts';

const base = () => ({
  uid: randomUUID(),
  generation: 1,
  namespace: 'shop',
  name: 'probe',
  expireTime: Date.now() + 600_000,
});

const limits: WireProbe['limits'] = {
  hitsPerSecond: 50,
  remainingHits: 10_000,
  cpuMillisecondsPerSecond: 10,
  maxStallMilliseconds: 1000,
  payloadBytes: 65_536,
};

type Changes<T extends WireProbe> = Partial<Omit<T, 'limits' | 'kind'>> & { limits?: Partial<WireProbe['limits']> };

export function dynamicLog(
  location: WireProbe['location'],
  message: string,
  changes: Changes<WireDynamicLog> = {},
): WireDynamicLog {
  return {
    ...base(),
    kind: 'DynamicLog',
    level: 'Info',
    location,
    message,
    ...changes,
    limits: { ...limits, ...changes.limits },
  };
}

export function snapshot(location: WireProbe['location'], changes: Changes<WireSnapshot> = {}): WireSnapshot {
  return {
    ...base(),
    kind: 'Snapshot',
    location,
    watch: [],
    capture: { frames: 5, depth: 3, fields: 20, items: 100, stringLength: 255 },
    ...changes,
    limits: { ...limits, hitsPerSecond: 1, ...changes.limits },
  };
}

/** @returns how often the line was hit, reported or not. */
export function countOf({ hits, dropped }: Pick<ProbeState, 'hits' | 'dropped'>): number {
  return hits + dropped.reduce((sum, { count }) => sum + count, 0);
}

/** @returns whether a log had the time for all of its values. */
export function isInTime({ log }: SeenResult): boolean {
  return log !== undefined && !/<EvaluationTimeout: |<not captured: out of time>/.test(log.message);
}

/** @returns whether nothing of a capture is missing for want of time. */
export function isWhole({ capture }: SeenResult): boolean {
  const text = JSON.stringify(capture) ?? '';
  return capture !== undefined && capture.cut === undefined && !/"time"|EvaluationTimeout/.test(text);
}
