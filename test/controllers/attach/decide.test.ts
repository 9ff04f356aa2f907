import { describe, expect, it } from 'vitest';
import { type AttachFacts, attachState, decideAttach, MAX_ATTACHED } from '../../../src/controllers/attach/decide.ts';
import type { AttachedAgent } from '../../../src/pods/attached-agent.ts';
import { pod } from '../probes/fixtures.ts';

const NOW = 1_000_000;
const live = (changes: Partial<AttachedAgent> = {}): AttachedAgent => ({
  name: 'davylamp-2',
  target: 'app',
  state: 'Running',
  ...changes,
});
const ended = (changes: Partial<AttachedAgent> = {}): AttachedAgent => ({
  name: 'davylamp-1',
  target: 'app',
  state: 'Ended',
  exitCode: 0,
  endedTime: NOW - 1000,
  ...changes,
});
const asking = (name: string) =>
  ended({ name, termination: JSON.stringify({ version: 1, reason: 'x', message: 'm', user: { uid: 5, gid: 6 } }) });

type Case = Partial<Omit<AttachFacts, 'pod'>> & { agents?: AttachedAgent[]; wasConnected?: boolean; want: object };
const factsOf = ({ agents, wasConnected, want: _, ...changes }: Case): AttachFacts => ({
  pod: pod('a', {
    hasAgent: false,
    isInjected: false,
    attachedAgents: agents,
    attachedCondition: wasConnected ? { status: 'True' } : undefined,
  }),
  wanted: 'app',
  isConnected: false,
  isPermitted: true,
  now: NOW,
  ...changes,
});

describe('what is done about a pod that was not injected', () => {
  const cases: Record<string, Case> = {
    'an agent is added once a probe wants to be in it': { want: { do: 'Add', target: 'app' } },
    'nothing, while no probe wants to be in it': { wanted: undefined, want: { do: 'Nothing' } },
    'nothing, where agents may not be added': { isPermitted: false, want: { do: 'Nothing' } },
    'the agent gets its credential': { agents: [live()], want: { do: 'Enroll', agent: { name: 'davylamp-2' } } },
    'it gets it as soon as it can be reached, whether or not the kubelet has said that it runs': {
      agents: [live({ state: 'Waiting' })],
      want: { do: 'Enroll' },
    },
    'it has time to connect then': {
      agents: [live()],
      enrolledTime: NOW - 5000,
      want: { do: 'Wait', until: NOW + 15_000 },
    },
    'it gets another one if it does not connect': {
      agents: [live()],
      enrolledTime: NOW - 20_000,
      want: { do: 'Enroll' },
    },
    'an agent that was connected before this operator began comes back by itself': {
      agents: [live()],
      wasConnected: true,
      seenTime: NOW - 1000,
      want: { do: 'Wait', until: NOW + 19_000 },
    },
    'if it does not, it gets a credential': {
      agents: [live()],
      wasConnected: true,
      seenTime: NOW - 20_000,
      want: { do: 'Enroll' },
    },
    'nothing, while it is connected': { agents: [live()], isConnected: true, want: { do: 'Nothing' } },
    'nothing, where an agent is connected that nobody knows how it came in': {
      isConnected: true,
      want: { do: 'Nothing' },
    },
    'nothing more is added, even if the present one does not come to work': {
      agents: [ended(), live({ state: 'Waiting', problem: 'ErrImagePull' })],
      enrolledTime: NOW,
      want: { do: 'Wait' },
    },
    'a later probe gets a new one at once, when the one before did its work': {
      agents: [ended()],
      want: { do: 'Add', target: 'app' },
    },
    'after a failure the next one waits': { agents: [ended({ exitCode: 1 })], want: { do: 'Wait', until: NOW + 4000 } },
    'after several failures in a row it waits longer': {
      agents: [ended(), ended({ exitCode: 1 }), ended({ exitCode: 137 }), ended({ exitCode: 1 })],
      want: { do: 'Wait', until: NOW + 19_000 },
    },
    'a container that restarts all the time does not use up agents as fast': {
      agents: [ended({ exitCode: 137, isEndedWithTarget: true }), ended({ exitCode: 137, isEndedWithTarget: true })],
      want: { do: 'Wait', until: NOW + 9000 },
    },
    'at most five minutes': {
      agents: Array.from({ length: 19 }, () => ended({ exitCode: 1 })),
      want: { do: 'Wait', until: NOW - 1000 + 300_000 },
    },
    'one that found out which user it must be is followed at once': {
      agents: [asking('davylamp-1')],
      want: { do: 'Add' },
    },
    'two in a row that ask for a user count as a failure': {
      agents: [asking('davylamp-1'), asking('davylamp-2')],
      want: { do: 'Wait', until: NOW + 4000 },
    },
    'a problem is waited for': {
      problem: { reason: 'AttachForbidden', message: 'no', retryTime: NOW + 10 },
      want: { do: 'Wait', until: NOW + 10 },
    },
    'then it is tried again': {
      problem: { reason: 'AttachForbidden', message: 'no', retryTime: NOW },
      want: { do: 'Add' },
    },
    'an inspector that a killed agent left open is closed by another one, though no probe is wanted': {
      wanted: undefined,
      agents: [
        ended({
          exitCode: 137,
          endedTime: NOW - 6000,
          termination: '{"version":1,"reason":"Killed","message":"m","signalled":["1-2"]}',
        }),
      ],
      want: { do: 'Add', target: 'app' },
    },
    'one that was killed later leaves nothing open': {
      wanted: undefined,
      agents: [ended({ exitCode: 137, endedTime: NOW - 6000 })],
      want: { do: 'Nothing' },
    },
    'no more are added than a pod may have had': {
      agents: Array.from({ length: MAX_ATTACHED }, () => ended()),
      want: { do: 'Nothing' },
    },
  };
  it.each(Object.entries(cases))('%s', (_, facts) => {
    expect(decideAttach(factsOf(facts))).toMatchObject(facts.want);
  });
});

describe('what probes show of a pod whose agent is not connected', () => {
  const cases: Record<string, Case> = {
    'one is being added': { want: { state: 'Waiting', reason: 'Attaching' } },
    'its image cannot be pulled': {
      agents: [live({ state: 'Waiting', problem: 'ErrImagePull: no such host' })],
      want: {
        state: 'Failed',
        reason: 'AttachFailed',
        message: 'The container davylamp-2 does not start: ErrImagePull: no such host',
      },
    },
    'the kubelet does not start it': {
      agents: [live({ state: 'Waiting' })],
      seenTime: NOW - 20_001,
      want: { state: 'Failed', reason: 'AttachFailed', message: expect.stringContaining('for 20 s') },
    },
    'RBAC or a policy forbids it, in the words of the API server': {
      problem: { reason: 'AttachForbidden', message: 'pods "a" is forbidden: policy x', retryTime: NOW },
      want: { state: 'Failed', reason: 'AttachForbidden', message: 'pods "a" is forbidden: policy x' },
    },
    'the container that it is to enter does not run yet': {
      problem: { reason: 'Attaching', message: 'Container app is not running', retryTime: NOW },
      want: { state: 'Waiting', reason: 'Attaching', message: 'Container app is not running' },
    },
    'it ended in a failure, as it said itself': {
      agents: [
        ended({
          exitCode: 1,
          termination: '{"version":1,"reason":"AttachFailed","message":"no route to the gateway"}',
        }),
      ],
      want: {
        state: 'Failed',
        reason: 'AttachFailed',
        message: 'The agent davylamp-1 ended: no route to the gateway.',
      },
    },
    'it failed, and the next one is tried': {
      agents: [ended({ exitCode: 1 }), live()],
      want: {
        state: 'Failed',
        reason: 'AttachFailed',
        message: expect.stringMatching(/exit code 1.* davylamp-2 is tried now/),
      },
    },
    'one that asked for another user is no failure': {
      agents: [asking('davylamp-1'), live()],
      want: { reason: 'Attaching' },
    },
    'it ended with the container that it was in': {
      agents: [ended({ exitCode: 137, isEndedWithTarget: true })],
      want: {
        state: 'Waiting',
        reason: 'Attaching',
        message: expect.stringMatching(/ended with container app.*Another/),
      },
    },
    'it was killed, of which it could say nothing': {
      agents: [ended({ exitCode: 137 })],
      want: { state: 'Failed', message: expect.stringContaining('exit code 137') },
    },
    'the pod has had too many': {
      agents: Array.from({ length: MAX_ATTACHED }, () => ended()),
      want: { state: 'Failed', reason: 'AttachFailed', message: expect.stringContaining('restart it once') },
    },
    'it is coming back after the operator was away': {
      agents: [live()],
      wasConnected: true,
      want: { state: 'Waiting', reason: 'AgentDisconnected' },
    },
  };
  it.each(Object.entries(cases))('%s', (_, facts) => {
    expect(attachState(factsOf(facts))).toMatchObject(facts.want);
  });
});
