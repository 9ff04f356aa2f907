import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { dynamicLog } from '../harness/probe.ts';

const BEFORE_THE_LOOP = { file: 'long-loop.cjs', line: 12 };
const OUTSIDE = { file: 'long-loop.cjs', line: 42 };

describe.each(NODES)('a process in distress on %s', (node) => {
  let agent: AgentEnd;
  let application: Application;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
  });

  async function start(...nodeArgs: string[]): Promise<void> {
    application = await Application.start('long-loop.cjs', { node, run: agent.directory, nodeArgs });
    await application.line((line) => line === 'ready');
    await agent.hello();
  }

  test('is rid of a probe that keeps a long loop in the interpreter, although hardly any hit costs anything', async () => {
    await start();
    await agent.desire(dynamicLog(BEFORE_THE_LOOP, '{rounds}', { condition: 'rounds < 0' }));
    const state = await agent.state(({ reason }) => reason === 'ProcessInDistress');
    expect(state.state).toBe('Suspended');
    expect(state.message).toMatch(/^the event loop is busy \d+ % of the time, and \d+ % before there were probes$/);
  });

  test('is rid of its probes while little heap is left, and gets them back', async () => {
    await start('--max-old-space-size=64', '--expose-gc');
    await agent.desire(dynamicLog(OUTSIDE, '{length}'));
    application.tell('fill 62');
    const state = await agent.state(({ reason }) => reason === 'ProcessInDistress');
    expect(state.message).toMatch(/^9\d % of the heap of 64 MB is in use$/);
    application.tell('free');
    await application.line((line) => line === 'free done');
    await agent.state((again) => again.reason !== 'ProcessInDistress' && again.state !== 'Pending');
    expect(application.errors).toBe('');
  });
});
