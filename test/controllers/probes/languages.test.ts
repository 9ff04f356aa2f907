import { expect, it } from 'vitest';
import { Planner } from '../../../src/controllers/probes/desired/planner.ts';
import { ProbeRecord } from '../../../src/controllers/probes/desired/probe-record.ts';
import { QuotaLedger } from '../../../src/controllers/probes/desired/quota-ledger.ts';
import { Fleet } from '../../../src/gateway/fleet/fleet.ts';
import { dynamicLog, NO_POLICIES, pod, processInfo } from './fixtures.ts';

const START = Date.parse('2026-11-21T10:00:00Z');

/** A probe whose condition is no JavaScript, planned while processes of these languages are connected. */
function planned(...languages: readonly string[]) {
  const pods = languages.map((_, index) => pod(`orders-${index}`));
  const fleet = new Fleet({ now: () => START });
  fleet.release();
  for (const [index, language] of languages.entries()) {
    const podName = `orders-${index}`;
    const identity = { namespace: 'shop', podName, podUID: `uid-${podName}` };
    const session = fleet.connect(identity, { desiredChanged() {}, acknowledge() {}, replaced() {} });
    session.receive({ type: 'hello', agentVersion: '0.1.0', agentID: `agent-${podName}` });
    const process = { ...processInfo(`process-${index}-1234`), language };
    session.receive({ type: 'states', revision: 0, processes: [{ process, revision: 0, probes: [] }] });
  }
  const probe = dynamicLog({ spec: { condition: 'total MOD 2 IS ZERO' } });
  const planner = new Planner({
    policies: NO_POLICIES,
    quotas: new QuotaLedger(),
    pods: { by: () => pods, count: () => 0 },
    fleet,
    disarmOrder: () => undefined,
    isTrusting: () => true,
    startTime: START - 60_000,
  });
  return planner.plan(probe, new ProbeRecord(probe, START), START).lifecycle;
}

it('an expression that no JavaScript process can allow is refused before one has it', () => {
  expect(planned('javascript')).toMatchObject({ active: false, reason: 'ExpressionInvalid', stalled: true });
});

it('so it is while no process is known', () => {
  expect(planned()).toMatchObject({ active: false, reason: 'ExpressionInvalid' });
});

it('where a process has a language that the operator does not know, its runtime decides', () => {
  expect(planned('cobol')).toEqual({ active: true });
  expect(planned('javascript', 'cobol')).toEqual({ active: true });
});
