import { describe, expect, it } from 'vitest';
import { liveAgent, nextAgentName } from '../../src/pods/attached-agent.ts';
import { agentContainer, parsePod } from '../../src/pods/observed-pod.ts';

const rawPod = (spec: object, status: object = {}, metadata: object = {}) => ({
  metadata: { namespace: 'shop', name: 'orders-1', uid: 'u', resourceVersion: '1', ...metadata },
  spec: { containers: [{ name: 'app' }], ...spec },
  status: { phase: 'Running', ...status },
});
const target = { name: 'DAVYLAMP_TARGET_CONTAINER', value: 'app' };
const agent = (name: string, env: object[] = []) => ({ name, targetContainerName: 'app', env: [target, ...env] });
const observed = (agents: object[], statuses: object[]) =>
  parsePod(rawPod({ ephemeralContainers: agents }, { ephemeralContainerStatuses: statuses }));

describe('the attached agents of a pod', () => {
  it('are none where nobody added one, and then the pod has no agent', () => {
    const want = { isInjected: false, hasAgent: false, attachedAgents: undefined };
    expect(parsePod(rawPod({}))).toMatchObject(want);
    expect(agentContainer(parsePod(rawPod({})))).toBeUndefined();
  });

  it('do not include containers of others, whatever they are called', () => {
    const others = [
      ...[agent('debugger-x2f'), agent('davylamp'), agent('davylamp-agent'), { name: 'davylamp-1' }],
      { name: 'davylamp-2', targetContainerName: 'app' },
      { name: 'davylamp-3', targetContainerName: 'app', env: [{ ...target, value: 'other' }] },
    ];
    expect(parsePod(rawPod({ ephemeralContainers: others })).attachedAgents).toBeUndefined();
  });

  const states: Record<string, { state: object | undefined; want: object }> = {
    'one that the kubelet has not heard of waits': { state: undefined, want: { state: 'Waiting' } },
    'one that is being created waits': {
      state: { waiting: { reason: 'ContainerCreating' } },
      want: { state: 'Waiting' },
    },
    'one whose image is missing waits, and says so': {
      state: { waiting: { reason: 'ErrImagePull', message: 'not found' } },
      want: { state: 'Waiting', problem: 'ErrImagePull: not found' },
    },
    'one that runs': { state: { running: { startedAt: '2026-11-29T10:00:00Z' } }, want: { state: 'Running' } },
    'one whose end nobody saw is over all the same': {
      state: { terminated: { exitCode: 137, startedAt: null, finishedAt: null } },
      want: { state: 'Ended', exitCode: 137, endedTime: undefined },
    },
    'one that has ended tells when and how': {
      state: { terminated: { exitCode: 0, message: '{}', finishedAt: '2026-11-29T10:00:00Z' } },
      want: { state: 'Ended', exitCode: 0, termination: '{}', endedTime: Date.parse('2026-11-29T10:00:00Z') },
    },
  };
  it.each(Object.entries(states))('%s', (_, { state, want }) => {
    const statuses = state === undefined ? [] : [{ name: 'davylamp-1', state }];
    const pod = observed([agent('davylamp-1')], statuses);
    expect(pod.attachedAgents).toEqual([expect.objectContaining({ name: 'davylamp-1', target: 'app', ...want })]);
    expect(pod.hasAgent).toBe(!('endedTime' in want));
  });

  it('come in the order of their numbers, so that the last is the present one', () => {
    const ended = { state: { terminated: { exitCode: 0 } } };
    const pod = observed(
      [agent('davylamp-10'), agent('davylamp-9'), agent('davylamp-2')],
      [
        { name: 'davylamp-2', ...ended },
        { name: 'davylamp-9', ...ended },
        { name: 'davylamp-10', state: { running: {} } },
      ],
    );
    expect(pod.attachedAgents?.map(({ name }) => name)).toEqual(['davylamp-2', 'davylamp-9', 'davylamp-10']);
    expect(liveAgent(pod.attachedAgents)?.name).toBe('davylamp-10');
    expect(agentContainer(pod)).toBe('davylamp-10');
  });

  it.each([
    ['ended with its target, which was started anew', 137, { running: { startedAt: '2026-11-29T10:00:01Z' } }, true],
    ['ended with its target, which has ended', 137, { terminated: { exitCode: 1 } }, true],
    ['was killed while its target ran on', 137, { running: { startedAt: '2026-11-29T09:00:00Z' } }, undefined],
    ['failed by itself', 1, { terminated: { exitCode: 1 } }, undefined],
  ])('tell that one %s', (_, exitCode, state, want) => {
    const terminated = { exitCode, finishedAt: '2026-11-29T10:00:01Z' };
    const pod = parsePod(
      rawPod(
        { ephemeralContainers: [agent('davylamp-1')] },
        {
          containerStatuses: [{ name: 'app', state }],
          ephemeralContainerStatuses: [{ name: 'davylamp-1', state: { terminated } }],
        },
      ),
    );
    expect(pod.attachedAgents?.[0]?.isEndedWithTarget).toBe(want);
  });

  it('get names that no container of the pod has, whoever made it', () => {
    expect(nextAgentName(new Set())).toBe('davylamp-1');
    expect(nextAgentName(new Set(['davylamp-1', 'davylamp-2', 'davylamp-999']))).toBe('davylamp-3');
  });

  it('tell for how long they keep probes without the gateway, as an injected one does, while they live', () => {
    const env = [{ name: 'DAVYLAMP_GATEWAY_ABSENCE_SECONDS', value: '60' }];
    const running = observed([agent('davylamp-1', env)], [{ name: 'davylamp-1', state: { running: {} } }]);
    expect(running.agent).toMatchObject({ gatewayAbsenceSeconds: 60 });
    const ended = observed(
      [agent('davylamp-1', env)],
      [{ name: 'davylamp-1', state: { terminated: { exitCode: 0 } } }],
    );
    expect(ended.agent).toBeUndefined();
  });
});

describe('what keeps agents out of a running pod', () => {
  it.each([
    ['a static pod', {}, { annotations: { 'kubernetes.io/config.mirror': 'x' } }, 'StaticPod'],
    ['a pod in the network of its node', { hostNetwork: true }, {}, 'HostNetwork'],
    ['a pod that sees the processes of its node', { hostPID: true }, {}, 'HostPID'],
    ['nothing in any other pod', {}, {}, undefined],
  ])('%s', (_, spec, metadata, want) => {
    expect(parsePod(rawPod(spec, {}, metadata)).attachObstacle).toBe(want);
  });
});
