import { describe, expect, it } from 'vitest';
import type { Target } from '../../../src/api/probe.ts';
import { type AgentFacts, decideLifecycle, decidePod, type PodFacts } from '../../../src/controllers/probes/decide.ts';
import type { ProbeFacts } from '../../../src/policy/rule.ts';
import { pod, selected } from './fixtures.ts';

describe('whether a probe is to be in any process', () => {
  const fine: ProbeFacts = { issues: [], now: 1000, expireTime: 2000, hits: 0, hitLimit: 10 };
  const issue = {
    field: 'spec.condition',
    reason: 'ExpressionInvalid',
    message: '"a = 1", character 3: assignment',
  } as const;
  const cases: Record<string, { input: Partial<ProbeFacts>; want: object }> = {
    'it is, while nothing speaks against it': { input: {}, want: { active: true } },
    'it is one millisecond before it expires': { input: { now: 1999 }, want: { active: true } },
    'it is not from the moment at which it expires': {
      input: { now: 2000 },
      want: { active: false, reason: 'Expired', stalled: false },
    },
    'it is with one hit left': { input: { hits: 9 }, want: { active: true } },
    'it is not when the last hit is used up': {
      input: { hits: 10 },
      want: { active: false, reason: 'HitLimitReached', stalled: false },
    },
    'a limit that was reached is still the reason when time is up too': {
      input: { hits: 12, now: 5000 },
      want: { active: false, reason: 'HitLimitReached' },
    },
    'an order to take all probes out is obeyed, and says who gave it': {
      input: { disarmed: 'Davylamp is being uninstalled' },
      want: {
        active: false,
        reason: 'AllDisarmed',
        message: expect.stringMatching(/\(Davylamp is being uninstalled\)/),
        stalled: false,
      },
    },
    'an order to take all probes out hides no end that was reached before': {
      input: { disarmed: 'incident 12', now: 2000 },
      want: { active: false, reason: 'Expired' },
    },
    'a bad expression keeps it out, and only a change of the object helps': {
      input: { issues: [issue] },
      want: {
        active: false,
        reason: 'ExpressionInvalid',
        message: 'spec.condition: "a = 1", character 3: assignment',
        stalled: true,
      },
    },
    'the first bad expression is told, the others are counted': {
      input: { issues: [issue, issue, issue] },
      want: { message: expect.stringMatching(/assignment \(and 2 more\)$/) },
    },
  };

  it.each(Object.entries(cases))('%s', (_, { input, want }) => {
    expect(decideLifecycle({ ...fine, ...input })).toMatchObject(want);
  });
});

describe('what becomes of a probe in one pod', () => {
  const agent = (...processContainers: (string | undefined)[]): AgentFacts => ({ connected: true, processContainers });
  const two = { containers: ['app', 'proxy'] };
  const cases: Record<string, { target?: Target; pod?: Parameters<typeof pod>[1]; agent?: AgentFacts; want: object }> =
    {
      'a process has announced itself: the pod gets the probe': {
        agent: agent('app'),
        want: { assigned: true, state: 'Pending', reason: 'Progressing' },
      },
      'the pod was started without the agent': {
        pod: { hasAgent: false },
        want: { assigned: false, state: 'Failed', reason: 'NotInjected' },
      },
      'the agent never connected: the pod gets the probe when it does': {
        want: { assigned: true, state: 'Waiting', reason: 'AgentDisconnected' },
      },
      'the agent is away: what it has stays wished for': {
        agent: { connected: false, processContainers: ['app'] },
        want: { assigned: true, state: 'Waiting', reason: 'AgentDisconnected' },
      },
      'no process has announced itself: the pod has the probe ready for it': {
        agent: agent(),
        want: { assigned: true, state: 'Waiting', reason: 'NoSupportedRuntime' },
      },
      'the agent is of an older version: the pod does not get a probe that it would not enforce whole': {
        agent: { ...agent('app'), lacks: ['Places', 'Redaction'] },
        want: {
          assigned: false,
          state: 'Failed',
          reason: 'AgentTooOld',
          message: expect.stringMatching(
            /does not enforce rules on files, functions and packages and rules of redaction\. Restart the workload once/,
          ),
        },
      },
      'the agent of an older version is away: which one comes back is not known': {
        agent: { connected: false, processContainers: ['app'], lacks: ['Places'] },
        want: { assigned: true, state: 'Waiting', reason: 'AgentDisconnected' },
      },
      'the named container does not exist': {
        target: { ...selected, containerName: 'api' },
        pod: two,
        agent: agent('app'),
        want: {
          assigned: false,
          state: 'Failed',
          reason: 'ContainerNotFound',
          message: 'The pod has no container api; it has app, proxy.',
        },
      },
      'the named container has no known runtime, another one has': {
        target: { ...selected, containerName: 'proxy' },
        pod: two,
        agent: agent('app'),
        want: { assigned: true, state: 'Waiting', reason: 'NoSupportedRuntime' },
      },
      'two containers run a known runtime and none is named': {
        pod: two,
        agent: agent('proxy', 'app', 'app'),
        want: {
          assigned: false,
          state: 'Failed',
          reason: 'AmbiguousContainer',
          message: expect.stringContaining('app, proxy'),
        },
      },
      'two containers run a known runtime and one is named': {
        target: { ...selected, containerName: 'app' },
        pod: two,
        agent: agent('proxy', 'app'),
        want: { assigned: true, state: 'Pending' },
      },
      'several processes of one container are no ambiguity': {
        pod: two,
        agent: agent('app', 'app'),
        want: { assigned: true, state: 'Pending' },
      },
      'a process that does not know its container is taken': {
        target: { ...selected, containerName: 'app' },
        agent: agent(undefined),
        want: { assigned: true, state: 'Pending' },
      },
      'admission had to leave the only container alone': {
        pod: {
          hasAgent: false,
          injection: { version: 1, containers: [], skipped: [{ container: 'app', reason: 'NodeOptionsNotMerged' }] },
        },
        want: { assigned: false, state: 'Failed', reason: 'NodeOptionsNotMerged' },
      },
      'admission had to leave another container alone': {
        pod: {
          ...two,
          injection: {
            version: 1,
            containers: ['app'],
            skipped: [{ container: 'proxy', reason: 'NodeOptionsNotMerged' }],
          },
        },
        agent: agent('app'),
        want: { assigned: true, state: 'Pending' },
      },
    };

  it.each(Object.entries(cases))('%s', (_, { target = selected, pod: changes, agent: facts, want }) => {
    expect(decidePod(target, pod('orders-1', changes), facts)).toMatchObject(want);
  });
});

describe('what becomes of a probe in a pod that was not injected', () => {
  const connected: AgentFacts = { connected: true, processContainers: ['app'] };
  const state = { state: 'Waiting', reason: 'Attaching', message: 'one is being added' } as const;
  const permitted = { isPermitted: true, container: 'app', entered: undefined, state } as const;
  const cases: Record<
    string,
    { pod?: Parameters<typeof pod>[1]; agent?: AgentFacts; attach: PodFacts['attach']; want: object }
  > = {
    'it is desired there, as an agent is added for it': {
      attach: permitted,
      want: { assigned: true, state: 'Waiting', reason: 'Attaching' },
    },
    'it is desired there also after a failure, as another agent is added in time': {
      attach: { ...permitted, state: { state: 'Failed', reason: 'AttachFailed', message: 'm' } },
      want: { assigned: true, state: 'Failed', reason: 'AttachFailed', message: 'm' },
    },
    'it is like in any pod once the agent is connected': {
      agent: connected,
      attach: { ...permitted, entered: 'app' },
      want: { assigned: true, state: 'Pending', reason: 'Progressing' },
    },
    'its agent has not said of any process whether it could be entered': {
      agent: { connected: true, processContainers: [] },
      attach: { ...permitted, entered: 'app' },
      want: { assigned: true, state: 'Pending', reason: 'Attaching' },
    },
    'its agent is away': {
      agent: { ...connected, connected: false },
      attach: { ...permitted, entered: 'app', state: { ...state, reason: 'AgentDisconnected' } },
      want: { assigned: true, reason: 'AgentDisconnected' },
    },
    'it must say which container it means, where there are several': {
      pod: { containers: ['app', 'proxy'] },
      attach: { ...permitted, container: undefined },
      want: {
        assigned: false,
        state: 'Failed',
        reason: 'AmbiguousContainer',
        message: expect.stringMatching(/app, proxy/),
      },
    },
    'it waits while the agent is in another container': {
      agent: connected,
      attach: { ...permitted, entered: 'proxy' },
      want: { assigned: false, state: 'Waiting', reason: 'AttachedElsewhere' },
    },
    'where none may be added, it says how an agent comes in and why not while the pod runs': {
      attach: { isPermitted: false, why: 'It is a static pod.' },
      want: {
        assigned: false,
        state: 'Failed',
        reason: 'NotInjected',
        message: expect.stringMatching(/restart.*static pod/),
      },
    },
    'where none may be any more, it leaves the pod': {
      pod: { hasAgent: true },
      agent: connected,
      attach: { isPermitted: false, why: 'It is off.' },
      want: { assigned: false, state: 'Failed', reason: 'NotInjected' },
    },
  };

  it.each(Object.entries(cases))('%s', (_, { pod: changes, agent, attach, want }) => {
    const plain = pod('orders-1', { hasAgent: false, isInjected: false, ...changes });
    expect(decidePod(selected, plain, agent, { attach })).toMatchObject(want);
  });
});
