import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { InstanceStatus } from '../../../../src/api/status.ts';
import { NO_LEFTOVERS } from '../../../../src/controllers/probes/desired/unreachable-processes.ts';
import { Observations } from '../../../../src/controllers/probes/observed/observations.ts';
import { instancesOf, judgedPod } from '../../../../src/controllers/probes/status/instances.ts';
import type { MatchedPod } from '../../../../src/controllers/probes/status/verdict.ts';
import { renderStatus } from '../../../../src/controllers/probes/status.ts';
import { accepted, dynamicLog, pod, view } from '../fixtures.ts';

const STATES = ['Failed', 'Waiting', 'Pending', 'Suspended', 'Armed'] as const;
const NOW = Date.parse('2026-11-21T10:00:01Z');

const pods = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-e]{1,3}$/),
    states: fc.array(fc.constantFrom(...STATES), { maxLength: 4 }),
    connected: fc.boolean(),
  }),
  { selector: ({ name }) => name, maxLength: 60 },
);

it('the instances that status shows are the first twenty of those of all pods', () => {
  fc.assert(
    fc.property(pods, (drawn) => {
      const probe = dynamicLog();
      const matched = drawn.map(({ name, states, connected }): MatchedPod => {
        const processes = states.map((state, at) =>
          view(`${name}-${at}`, { state, reason: 'Armed' }, { pid: at, containerName: `c${at % 2}` }),
        );
        const decision = connected
          ? ({ assigned: true, state: 'Pending', reason: 'Progressing' } as const)
          : ({ assigned: true, state: 'Waiting', reason: 'AgentDisconnected' } as const);
        return {
          pod: pod(name),
          decision,
          connected,
          acknowledged: true,
          lastSeenTime: NOW,
          processes,
          redactionHash: undefined,
        };
      });
      const observations = new Observations(probe);
      const status = renderStatus({
        probe,
        judgment: accepted(probe),
        base: undefined,
        lifecycle: { active: true },
        armedTime: '2026-11-21T10:00:00Z',
        expirationTime: '2026-11-21T10:30:00Z',
        pods: matched,
        observations,
        leftovers: NO_LEFTOVERS,
        now: '2026-11-21T10:00:01Z',
      });
      const all = matched.flatMap((one) => {
        const judged = judgedPod(one, observations);
        return instancesOf(judged, observations).map((instance) => ({
          instance,
          isIdle: judged.state === 'Armed' && instance.state === 'Waiting',
        }));
      });
      const want = all
        .sort((a, b) => Number(a.isIdle) - Number(b.isIdle) || byUrgency(a.instance, b.instance))
        .slice(0, 20)
        .map(({ instance }) => instance);
      expect(status.instances ?? []).toEqual(JSON.parse(JSON.stringify(want)));
    }),
    { numRuns: 300 },
  );
});

function byUrgency(a: InstanceStatus, b: InstanceStatus): number {
  const order: readonly string[] = STATES;
  return (
    order.indexOf(a.state) - order.indexOf(b.state) ||
    a.podName.localeCompare(b.podName) ||
    (a.containerName ?? '').localeCompare(b.containerName ?? '') ||
    (a.processID ?? 0) - (b.processID ?? 0)
  );
}
