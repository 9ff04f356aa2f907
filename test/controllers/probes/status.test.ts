import { describe, expect, it } from 'vitest';
import type { ProbeStatus } from '../../../src/api/status.ts';
import type { PodDecision } from '../../../src/controllers/probes/decide.ts';
import { NO_LEFTOVERS } from '../../../src/controllers/probes/desired/unreachable-processes.ts';
import { Observations } from '../../../src/controllers/probes/observed/observations.ts';
import type { MatchedPod } from '../../../src/controllers/probes/status/verdict.ts';
import { renderStatus, type StatusInput } from '../../../src/controllers/probes/status.ts';
import type { ProcessView } from '../../../src/gateway/fleet/fleet.ts';
import { withBuiltInDefaults } from '../../../src/policy/decide.ts';
import { accepted, dynamicLog, pod, processInfo, view, withStatus } from './fixtures.ts';

const assigned: PodDecision = { assigned: true, state: 'Pending', reason: 'Progressing' };
const notInjected: PodDecision = { assigned: false, state: 'Failed', reason: 'NotInjected', message: 'no agent' };
const NOW = Date.parse('2026-11-21T10:00:01Z');
const away: PodDecision = { assigned: true, state: 'Waiting', reason: 'AgentDisconnected' };

function matched(name: string, processes: ProcessView[], changes: Partial<MatchedPod> = {}): MatchedPod {
  const now = { connected: true, acknowledged: true, lastSeenTime: NOW };
  return { pod: pod(name), decision: assigned, ...now, processes, redactionHash: undefined, ...changes };
}

function render(pods: MatchedPod[], changes: Partial<StatusInput> = {}): ProbeStatus {
  const probe = changes.probe ?? dynamicLog();
  const observations = new Observations(withBuiltInDefaults(probe));
  const reports = pods.flatMap(({ pod: { metadata }, processes }) =>
    processes.map(({ process, state }) => ({ podName: metadata.name, process, state })),
  );
  observations.observe(reports, new Set());
  return renderStatus({
    probe,
    judgment: accepted(probe),
    base: undefined,
    lifecycle: { active: true },
    armedTime: '2026-11-21T10:00:00Z',
    expirationTime: '2026-11-21T10:30:00Z',
    pods,
    observations,
    leftovers: NO_LEFTOVERS,
    now: '2026-11-21T10:00:01Z',
    ...changes,
  });
}

const conditions = (status: ProbeStatus) =>
  Object.fromEntries((status.conditions ?? []).map(({ type, status: value, reason }) => [type, `${value} ${reason}`]));
const location = 'src/orders.ts:42:5';

describe('the summary of an active probe', () => {
  const cost = { cpuMilliseconds: 1, p50Microseconds: 1, p99Microseconds: 1, stallMilliseconds: 1 };
  const failed = (instanceID: string) =>
    view(instanceID, { state: 'Failed', reason: 'LineNotExecutable', message: 'nearest is 44' });
  const cases: Record<string, { pods: MatchedPod[]; want: Record<string, string>; message?: RegExp }> = {
    'no pod matches: not armed, not stalled, new pods are picked up': {
      pods: [],
      want: { Armed: 'False NoPodsMatched', Ready: 'False NoPodsMatched', Stalled: 'False NoPodsMatched' },
    },
    'every process is armed': {
      pods: [matched('a', [view('one-1234', { location })]), matched('b', [view('two-1234', { location })])],
      want: {
        Armed: 'True Armed',
        ArmedEverywhere: 'True Armed',
        Ready: 'True Armed',
        Reconciling: 'False Armed',
        Stalled: 'False Armed',
        Expired: 'False NotExpired',
      },
      message: /^Armed in 2 of 2 pods\.$/,
    },
    'one of two pods is enough, and the other one is named': {
      pods: [
        matched('a', [view('one-1234', { location })]),
        matched('b', [], { decision: notInjected, connected: false }),
      ],
      want: { Armed: 'True Armed', Stalled: 'False Armed' },
      message: /^Armed in 1 of 2 pods; elsewhere NotInjected\.$/,
    },
    'a parent process without the file does not matter': {
      pods: [matched('a', [view('one-1234', { state: 'Waiting', reason: 'FileNotLoaded' }), view('two-1234')])],
      want: { Armed: 'True Armed' },
    },
    'worker threads without the file do not make a pod look failed': {
      pods: [
        matched('a', [
          ...Array.from({ length: 40 }, (_, index) =>
            view(`thread-${100 + index}`, { state: 'Waiting', reason: 'FileNotLoaded' }, { threadID: index + 1 }),
          ),
          view('main-1234'),
        ]),
      ],
      want: { Armed: 'True Armed', Ready: 'True Armed', Stalled: 'False Armed' },
      message: /^Armed in 1 pod\.$/,
    },
    'a process that has not answered keeps it reconciling': {
      pods: [matched('a', [{ process: processInfo('one-1234'), acknowledged: false }], { acknowledged: false })],
      want: { Armed: 'False Progressing', Reconciling: 'True Progressing', Stalled: 'False Progressing' },
    },
    'an answer about an older generation is no answer': {
      pods: [matched('a', [view('one-1234', { generation: 0 })])],
      want: { Armed: 'False Progressing', Reconciling: 'True Progressing' },
    },
    'a refusal everywhere stalls it, with the message of one of them': {
      pods: [matched('a', [failed('one-1234')]), matched('b', [failed('two-1234')])],
      want: {
        Armed: 'False LineNotExecutable',
        Stalled: 'True LineNotExecutable',
        Reconciling: 'False LineNotExecutable',
      },
      message: /^Armed in none of 2 pods: 2 LineNotExecutable\. a: nearest is 44$/,
    },
    'a refusal in one pod while another one waits does not stall it': {
      pods: [matched('a', [failed('one-1234')]), matched('b', [], { decision: away, connected: false })],
      want: { Armed: 'False LineNotExecutable', Stalled: 'False LineNotExecutable' },
    },
    'a file that is not loaded yet is waited for': {
      pods: [matched('a', [view('one-1234', { state: 'Waiting', reason: 'FileNotLoaded' })])],
      want: { Armed: 'False FileNotLoaded', Stalled: 'False FileNotLoaded', Reconciling: 'False FileNotLoaded' },
    },
    'an agent that is away is not waited for': {
      pods: [matched('a', [], { decision: away, connected: false, acknowledged: false })],
      want: { Armed: 'False AgentDisconnected', Reconciling: 'False AgentDisconnected' },
    },
    'over its budget it is still armed, and says so in words': {
      pods: [
        matched('a', [
          view('one-1234'),
          view('two-1234', {
            state: 'Suspended',
            reason: 'BudgetExceeded',
            message: 'it cost more than 10 ms per second and comes back in 3.0 s',
            returnTime: Date.parse('2026-11-21T10:00:03.200Z'),
          }),
        ]),
      ],
      want: { Armed: 'True BudgetExceeded', Ready: 'True BudgetExceeded', ArmedEverywhere: 'True Armed' },
      message: /^Over its CPU budget and out of the code in 1 pod \(back at 2026-11-21T10:00:04Z\)\.$/,
    },
    'out for the budget of all probes of the process, it says that it is not its own': {
      pods: [
        matched('a', [
          view('one-1234', {
            state: 'Suspended',
            reason: 'BudgetExceeded',
            message: 'the probes of this process together cost more than their CPU budget and comes back in 3.0 s',
            returnTime: Date.parse('2026-11-21T10:00:03.200Z'),
          }),
        ]),
      ],
      want: { Armed: 'True BudgetExceeded', Ready: 'True BudgetExceeded' },
      message:
        /^With the other probes of its process over their CPU budget together, and out of the code in 1 pod \(back at 2026-11-21T10:00:04Z\)\.$/,
    },
    'armed, it says of hits over its own rate that they were not reported, and of a few does not': {
      pods: [
        matched('a', [view('one-1234', { hits: 100, dropped: [{ reason: 'RateLimited', count: 200 }] })]),
        matched('b', [view('two-1234', { hits: 87, dropped: [{ reason: 'RateLimited', count: 66 }] })]),
      ],
      want: { Armed: 'True Armed', Ready: 'True Armed', ArmedEverywhere: 'True Armed' },
      message: /^Armed in 2 of 2 pods; 266 of 453 hits were over 50 per second \(limits\.hitsPerSecond\)\.$/,
    },
    'a tenth of the hits over its rate is no news': {
      pods: [matched('a', [view('one-1234', { hits: 91, dropped: [{ reason: 'RateLimited', count: 9 }] })])],
      want: { Armed: 'True Armed' },
      message: /^Armed in 1 pod\.$/,
    },
    'sampled it is armed, and says so with the share': {
      pods: [
        matched('a', [view('one-1234', { reason: 'Sampled', cost: { ...cost, sampledShare: 0.1234 } })]),
        matched('b', [view('two-1234', { reason: 'Sampled', cost: { ...cost, sampledShare: 0.0456 } })]),
        matched('c', [view('three-1234')]),
        matched('d', [view('four-1234', { state: 'Waiting', reason: 'FileNotLoaded' })]),
      ],
      want: { Armed: 'True Sampled', ArmedEverywhere: 'False FileNotLoaded' },
      message:
        /^Sampled in 2 of 4 pods \(in the code 4\.6 % of the time where it is least, b\); armed in 1; elsewhere FileNotLoaded\.$/,
    },
    'between two samples it says when the next one comes': {
      pods: [
        matched('a', [
          view('one-1234', {
            state: 'Suspended',
            reason: 'Sampled',
            cost: { ...cost, sampledShare: 0.25 },
            returnTime: Date.parse('2026-11-21T10:00:03Z'),
          }),
        ]),
      ],
      want: { Armed: 'True Sampled', ArmedEverywhere: 'True Armed' },
      message: /^Sampled in 1 pod \(in the code 25 % of the time; back at 2026-11-21T10:00:03Z\)\.$/,
    },
    'an agent that is away or frozen: it says since when nobody has heard of it': {
      pods: [
        matched('a', [view('one-1234', { hits: 3 })], {
          decision: away,
          connected: false,
          lastSeenTime: Date.parse('2026-11-21T09:59:00Z'),
        }),
      ],
      want: { Armed: 'False AgentDisconnected', ArmedEverywhere: 'False AgentDisconnected' },
      message: /a: Last heard of at 2026-11-21T09:59:00Z; what is shown is from then\.$/,
    },
    'an agent that has not come back to an operator that was restarted': {
      pods: [
        matched('a', [], {
          decision: away,
          connected: false,
          lastSeenTime: Date.parse('2026-11-21T09:59:00Z'),
          isUnseen: true,
        }),
      ],
      want: { Armed: 'False AgentDisconnected' },
      message: /a: Not heard of since the operator started at 2026-11-21T09:59:00Z; what is shown is from before\.$/,
    },
    'a process in distress has nothing in its code, for as long as that lasts': {
      pods: [
        matched('a', [
          view('one-1234', { state: 'Suspended', reason: 'ProcessInDistress', message: 'its heap is nearly full' }),
        ]),
      ],
      want: {
        Armed: 'False ProcessInDistress',
        Stalled: 'False ProcessInDistress',
        ArmedEverywhere: 'False ProcessInDistress',
      },
      message: /^Not armed: ProcessInDistress\. a: its heap is nearly full$/,
    },
    'armed in some pods is not armed everywhere, which has a condition of its own': {
      pods: [matched('a', [view('one-1234')]), matched('b', [failed('two-1234')])],
      want: { Armed: 'True Armed', Ready: 'True Armed', ArmedEverywhere: 'False LineNotExecutable' },
    },
  };

  it.each(Object.entries(cases))('%s', (_, { pods, want, message }) => {
    const status = render(pods);
    expect(conditions(status)).toMatchObject(want);
    if (message) expect(status.conditions?.find(({ type }) => type === 'Armed')?.message).toMatch(message);
  });

  it('counts pods, not processes', () => {
    const status = render([
      matched('a', [view('one-1234'), view('two-1234')]),
      matched('b', [view('three-1234', { state: 'Waiting', reason: 'FileNotLoaded' })]),
      matched('c', [], { decision: notInjected }),
    ]);
    expect(status.pods).toEqual({ matched: 3, armed: 1, waiting: 1, failed: 1 });
  });

  it('lists threads that wait in an armed pod last, as there can be many', () => {
    const waiting = Array.from({ length: 30 }, (_, index) =>
      view(`thread-${100 + index}`, { state: 'Waiting', reason: 'FileNotLoaded' }, { threadID: index + 1 }),
    );
    const { instances, pods } = render([matched('a', [...waiting, view('main-1234')])]);
    expect(instances).toHaveLength(20);
    expect(instances?.slice(0, 2)).toMatchObject([{ state: 'Armed' }, { state: 'Waiting', threadID: 1 }]);
    expect(pods).toEqual({ matched: 1, armed: 1, waiting: 0, failed: 0 });
  });

  it('lists at most twenty processes, failures first', () => {
    const armed = Array.from({ length: 25 }, (_, index) => matched(`a${index}`, [view(`instance-${index}`)]));
    const { instances } = render([...armed, matched('z', [failed('broken-1234')])]);
    expect(instances).toHaveLength(20);
    expect(instances?.[0]).toMatchObject({ podName: 'z', state: 'Failed' });
  });

  it('says that sinks are not there, without failing', () => {
    const status = render([matched('a', [view('one-1234')])], {
      probe: dynamicLog({ spec: { sinkRefs: [{ name: 'traces' }] } }),
    });
    expect(conditions(status)).toMatchObject({ SinksResolved: 'False SinkNotFound', Ready: 'True Armed' });
  });

  it('moves the time of a condition only when its status changes', () => {
    const base = render([matched('a', [view('one-1234')])]);
    const later = render([matched('a', [view('one-1234', { reason: 'Sampled' })])], {
      base,
      now: '2026-11-21T11:00:00Z',
    });
    const time = (status: ProbeStatus) => status.conditions?.find(({ type }) => type === 'Armed')?.lastTransitionTime;
    expect(time(later)).toBe(time(base));
  });

  it('is the same for the same input', () => {
    const pods = [matched('b', [view('two-1234')]), matched('a', [view('one-1234', { hits: 3 })])];
    expect(render(pods)).toEqual(render(pods.toReversed()));
  });
});

describe('the summary of a probe that is over', () => {
  const expired = { active: false, reason: 'Expired', message: 'Expired.', stalled: false } as const;

  it('says that it expired, and where it was', () => {
    const status = render([matched('a', [{ process: processInfo('one-1234'), acknowledged: true }])], {
      lifecycle: expired,
    });
    expect(conditions(status)).toMatchObject({
      Armed: 'False Expired',
      ArmedEverywhere: 'False Expired',
      Ready: 'True Expired',
      Expired: 'True Expired',
      Stalled: 'False Expired',
    });
    expect(status).toMatchObject({
      pods: { matched: 1, armed: 0 },
      instances: [{ podName: 'a', state: 'Removed', reason: 'Expired' }],
    });
  });

  it('is reconciling as long as a process still has it', () => {
    expect(conditions(render([matched('a', [view('one-1234')])], { lifecycle: expired })).Reconciling).toBe(
      'True Progressing',
    );
  });

  it('does not change any more when pods come and go', () => {
    const base = render([matched('a', [{ process: processInfo('one-1234'), acknowledged: true }])], {
      lifecycle: expired,
    });
    const probe = withStatus(dynamicLog(), base);
    expect(
      render([matched('b', []), matched('c', [])], { probe, base, lifecycle: expired, now: '2026-11-21T12:00:00Z' }),
    ).toEqual(base);
  });

  it('is stalled and nowhere when an expression is wrong', () => {
    const lifecycle = {
      active: false,
      reason: 'ExpressionInvalid',
      message: 'spec.condition: no',
      stalled: true,
    } as const;
    const status = render([matched('a', [])], { lifecycle });
    expect(conditions(status)).toMatchObject({
      Armed: 'False ExpressionInvalid',
      Stalled: 'True ExpressionInvalid',
      Expired: 'False NotExpired',
    });
    expect(status).not.toHaveProperty('pods');
  });
});
