import { afterEach, describe, expect, test } from 'vitest';
import type { AgentEnd } from '../harness/agent-end.ts';
import { NODES } from '../harness/application.ts';
import { dynamicLog, snapshot } from '../harness/probe.ts';
import { HostileRun, limits, lineOf } from './hostile-run.ts';

const FULL = { file: 'fixtures/full.cjs', line: lineOf('full.cjs', '// the line of the probes') };
const ORDERS = { file: 'fixtures/orders.cjs', line: lineOf('orders.cjs', '// the line of the probes') };
const ROUNDS = 100;

describe.each(NODES)('on %s', (node) => {
  let run: HostileRun;

  afterEach(async () => {
    await run.stop();
  });

  test('a heap near its limit is not what a probe fills up', async () => {
    run = await HostileRun.start('full.cjs', { node, nodeArgs: ['--max-old-space-size=64'] });
    const agent = run.agent as AgentEnd;
    await run.tell('fill 30');
    const wide = { frames: 20, depth: 10, fields: 1000, items: 10_000, stringLength: 10_000 };
    await agent.desire(
      snapshot(FULL, { capture: wide, watch: ['order.all.length'], limits: { ...limits, payloadBytes: 1_000_000 } }),
      dynamicLog(FULL, '{order} {order.all}', { limits }),
    );
    await run.tell('fill 58');
    for (let round = 1; round <= 30; round++) expect(await run.tell('take')).toBe(`took ${round}`);
    // Either there was room for its results, or it is out of the code and says why.
    await agent.until(
      () => agent.results.length > 0 || agent.states.some(({ reason }) => reason === 'ProcessInDistress'),
    );
    expect(run.application.child.exitCode).toBeNull();
    expect(run.application.errors).toBe('');
  });

  test('an agent that dies while hits and pauses are under way leaves a program that goes on', async () => {
    run = await HostileRun.start('orders.cjs', { node });
    const agent = run.agent as AgentEnd;
    await agent.desire(snapshot(ORDERS, { limits }), dynamicLog(ORDERS, 'total {total}', { limits }));
    const answers: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      if (round === ROUNDS / 2) agent.die();
      answers.push(await run.tell(`take ${round}`));
    }
    expect(answers).toEqual(Array.from({ length: ROUNDS }, (_, round) => `took ${round * 10}`));
    expect(run.application.errors).toBe('');
  });

  test('a thread of the runtime that dies takes the probes with it, and both come back', async () => {
    run = await HostileRun.start('orders.cjs', { node });
    const agent = run.agent as AgentEnd;
    const probe = dynamicLog(ORDERS, 'total {total}', { limits });
    await agent.desire(probe);
    await run.tell('take 1');
    await agent.result();
    expect(await run.tell('kill')).toBe('killed true');
    for (let round = 0; round < 20; round++) expect(await run.tell(`take ${round}`)).toBe(`took ${round * 10}`);
    agent.results.length = 0;
    await run.application.repeat(
      'take 5',
      agent.result(({ log }) => log?.message === 'total 50'),
    );
    expect(run.application.errors).toBe('');
  });
});
