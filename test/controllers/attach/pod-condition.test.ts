import { describe, expect, it } from 'vitest';
import { attachedCondition } from '../../../src/controllers/attach/pod-condition.ts';
import { pod } from '../probes/fixtures.ts';

const agents = (...attachedAgents: NonNullable<Parameters<typeof pod>[1]>['attachedAgents'] & object) =>
  pod('a', { isInjected: false, attachedAgents });
const live = { name: 'davylamp-2', target: 'app', state: 'Running' } as const;
const ended = { name: 'davylamp-1', target: 'app', state: 'Ended', exitCode: 0 } as const;
const waiting = { state: 'Waiting', reason: 'Attaching', message: 'one is being added' } as const;

describe('the condition of a pod about its attached agent', () => {
  it.each([
    ['is absent, while nobody wanted one', pod('a', { isInjected: false }), false, undefined, undefined],
    ['says that one is on its way', agents(), false, waiting, { status: 'False', reason: 'Attaching' }],
    [
      'names it and the container that it entered',
      agents(ended, live),
      true,
      undefined,
      { status: 'True', reason: 'Attached', message: 'The agent in container davylamp-2 looks into container app.' },
    ],
    [
      'stays as it is while the agent is away for a moment',
      agents(live),
      false,
      { ...waiting, reason: 'AgentDisconnected' } as const,
      undefined,
    ],
    ['says that it did its work', agents(ended), false, undefined, { status: 'False', reason: 'AttachEnded' }],
    [
      'says that it ended with its target',
      agents({ ...ended, exitCode: 137, isEndedWithTarget: true }),
      false,
      undefined,
      { status: 'False', reason: 'AttachEnded', message: expect.stringContaining('ended with container app') },
    ],
    [
      'says that it failed',
      agents({ ...ended, exitCode: 1 }),
      false,
      undefined,
      { status: 'False', reason: 'AttachFailed', message: expect.stringContaining('exit code 1') },
    ],
    ['says that the next one is on its way', agents(ended), false, waiting, { status: 'False', reason: 'Attaching' }],
  ])('%s', (_, of, isConnected, state, want) => {
    const got = attachedCondition(of, isConnected, state);
    if (want === undefined) expect(got).toBeUndefined();
    else expect(got).toMatchObject(want);
  });
});
