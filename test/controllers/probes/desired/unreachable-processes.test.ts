import { describe, expect, it } from 'vitest';
import { leftoverEvent, leftoversOf } from '../../../../src/controllers/probes/desired/unreachable-processes.ts';
import { Observations } from '../../../../src/controllers/probes/observed/observations.ts';
import type { MatchedPod } from '../../../../src/controllers/probes/status/verdict.ts';
import type { ObservedAgent } from '../../../../src/pods/observed-pod.ts';
import { dynamicLog, pod, processInfo, state } from '../fixtures.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const minutes = (count: number) => NOW + count * 60_000;

/** One pod in which one process carried the probe. */
function left(pods: Partial<MatchedPod> & { agent?: ObservedAgent }, expireTime = minutes(1440)) {
  const { agent = { gatewayAbsenceSeconds: 600, authorities: [] }, ...changes } = pods;
  const observations = new Observations(dynamicLog());
  observations.observe([{ podName: 'a', process: processInfo('one-1234'), state: state({ hits: 3 }) }], new Set());
  const matched: MatchedPod = {
    pod: pod('a', { agent }),
    decision: { assigned: false, state: 'Pending', reason: 'Progressing' },
    connected: false,
    lastSeenTime: minutes(-5),
    acknowledged: false,
    processes: [],
    redactionHash: undefined,
    ...changes,
  };
  return leftoversOf([matched], observations, expireTime, NOW);
}

describe('a probe that is over may still be in a process', () => {
  it('whose agent is not connected, until the agent has been alone for its time', () => {
    const { instances, cleanTime } = left({});
    expect(instances).toMatchObject([
      { podName: 'a', processID: 7, state: 'Pending', reason: 'MayStillBeArmed', hits: 3 },
    ]);
    expect(instances[0]?.message).toBe(
      'Its agent is not connected, last seen at 2026-11-21T09:55:00Z or before; it is out of the process by 2026-11-21T10:06:00Z in any case.',
    );
    expect(cleanTime).toBe(minutes(6));
  });

  it('until it expires, when that is sooner', () => {
    expect(left({}, minutes(2)).cleanTime).toBe(minutes(2));
  });

  it('until it expires, when the agent is one that does not look at how long it is alone', () => {
    expect(left({ agent: { authorities: [] } }).cleanTime).toBe(minutes(1440));
  });

  it.each([
    ['not when the agent is connected and can be asked', left({ connected: true })],
    ['not when the agent has been alone for longer than it keeps probes', left({ lastSeenTime: minutes(-12) })],
    ['not when the probe has expired, which every process sees by itself', left({}, NOW)],
    ['not in a pod that has no agent', left({ pod: pod('a', { hasAgent: false }) })],
    ['not in a pod of which no process ever had it', left({ pod: pod('b') })],
  ])('%s', (_, leftovers) => {
    expect(leftovers).toEqual({ instances: [], cleanTime: undefined });
    expect(leftoverEvent(leftovers)).toBeUndefined();
  });

  it('which an Event tells, when the object is gone', () => {
    expect(leftoverEvent(left({}))).toMatchObject({
      type: 'Warning',
      reason: 'MayStillBeArmed',
      note: expect.stringMatching(/a: Its agent is not connected, last seen at 2026-11-21T09:55:00Z/),
    });
  });
});
