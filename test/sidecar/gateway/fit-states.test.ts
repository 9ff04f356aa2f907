import { describe, expect, it } from 'vitest';
import { agentToGatewaySchema, type ProcessStates } from '../../../src/protocol/gateway-messages.ts';
import { MAX_FRAME_BYTES, MAX_LOCATION, MAX_MESSAGE, MAX_PROBES, MAX_PROCESSES } from '../../../src/protocol/limits.ts';
import { fitStates, MAX_STATES_BYTES } from '../../../src/sidecar/gateway/fit-states.ts';
import { exampleProcess, exampleState } from '../examples.ts';

const uid = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

const statesOf = (
  processes: number,
  probes: number,
  changes: Parameters<typeof exampleState>[0] = {},
): ProcessStates[] =>
  Array.from({ length: processes }, (_, number) => ({
    process: exampleProcess({ instanceID: `instance-${number}`, pid: number }),
    revision: 1_795_000_000_000,
    probes: Array.from({ length: probes }, (_, index) => exampleState({ uid: uid(index), ...changes })),
  }));

const cost = { cpuMilliseconds: 123.456, p50Microseconds: 12.5, p99Microseconds: 99.9, stallMilliseconds: 12.34 };
const dropped = [
  { reason: 'RateLimited', count: 123_456 },
  { reason: 'BufferFull', count: 12 },
] as const;
const long = {
  message: 'あ'.repeat(MAX_MESSAGE),
  location: '道/'.repeat(MAX_LOCATION / 2),
  cost,
  dropped: [...dropped],
};

/** What the gateway makes of it. */
const received = (json: string): ProcessStates[] => {
  const text = `{"type":"states","revision":${Number.MAX_SAFE_INTEGER},"processes":${json}}`;
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_FRAME_BYTES);
  const frame = agentToGatewaySchema.parse(JSON.parse(text));
  return frame.type === 'states' ? frame.processes : [];
};

describe('the states of a pod in one frame', () => {
  it('are as they are while they fit, to the last byte', () => {
    const processes = statesOf(3, 5, long);
    const bytes = Buffer.byteLength(JSON.stringify(processes));
    expect(received(fitStates(processes, bytes))).toEqual(processes);
    expect(Buffer.byteLength(fitStates(processes, bytes - 1))).toBeLessThan(bytes);
    expect(received(fitStates(processes, bytes - 1))[2]?.probes[4]?.message).toHaveLength(256);
  });

  it('of the most processes and probes keep every count and reason, whatever their messages are', () => {
    const processes = statesOf(MAX_PROCESSES, MAX_PROBES, { ...long, hits: 7 });
    const there = received(fitStates(processes));
    expect(there).toHaveLength(MAX_PROCESSES);
    for (const { probes } of there) expect(probes).toHaveLength(MAX_PROBES);
    expect(there[63]?.probes[199]).toMatchObject({ uid: uid(199), state: 'Armed', reason: 'Armed', hits: 7 });
  });

  it('have messages before locations and costs give way', () => {
    const processes = statesOf(MAX_PROCESSES, MAX_PROBES, { message: 'x'.repeat(200), cost });
    const [first] = received(fitStates(processes));
    expect(first?.probes[0]).toMatchObject({ cost });
    expect(first?.probes[0]?.message).toBe('x'.repeat(80));
  });

  it('lose whole processes when nothing else is left to cut', () => {
    const processes = statesOf(MAX_PROCESSES, MAX_PROBES);
    const there = received(fitStates(processes, MAX_STATES_BYTES / 64));
    expect(there.length).toBeGreaterThan(0);
    expect(there).toEqual(processes.slice(0, there.length));
  });
});
