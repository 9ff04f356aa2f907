import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { goOnFile } from '../harness/go-on.ts';
import { dynamicLog } from '../harness/probe.ts';

const PLACE = { file: 'orders.cjs', line: 37 };
const HOT = { file: 'hot.cjs', line: 6 };

describe.each(NODES)('the application on %s', (node) => {
  let agent: AgentEnd;
  let application: Application;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
  });

  async function start(file: string, ...args: string[]): Promise<void> {
    application = await Application.start(file, { node, run: agent.directory, args });
    await application.line((line) => line === 'ready');
    await agent.hello();
  }

  test('shows no trace of the runtime before the first probe and after the last', async () => {
    await start('orders.cjs');
    application.tell('key');
    await application.line((line) => line === 'key false');
    await agent.desire(dynamicLog(PLACE, '{order.id}'));
    application.tell('key');
    await application.line((line) => line === 'key true');
    await agent.desire();
    // The worker ends some seconds later, and the resting connection says hello again.
    await agent.until(() => agent.hellos.length >= 3);
    application.lines.length = 0;
    application.tell('key');
    await application.line((line) => line === 'key false');
    expect(new Set(agent.hellos.map((hello) => hello.process.instanceID)).size).toBe(1);
  });

  test('is rid of every probe when the agent dies, and gets them back from the next one with its counters', async () => {
    await start('orders.cjs');
    const probe = dynamicLog(PLACE, '{order.id}');
    await agent.desire(probe);
    application.tell('take 1');
    await agent.state(({ hits }) => hits === 1);
    agent.die();
    for (;;) {
      application.lines.length = 0;
      application.tell('key');
      if ((await application.line((line) => line.startsWith('key'))) === 'key false') break;
    }
    application.tell('take 2');
    await application.line((line) => line.startsWith('took'));
    await agent.listen();
    const state = await agent.state((again) => again.state === 'Armed');
    expect(state.hits).toBe(1);
    application.tell('take 3');
    expect((await agent.result(({ log }) => log?.message === '3')).sequence).toBe(2);
  });

  test('in a busy loop still gets probes armed and disarmed, also when the agent dies', async () => {
    await start('orders.cjs');
    await agent.desire(dynamicLog({ file: 'not-there.cjs', line: 1 }, 'keeps the worker'));
    const file = goOnFile();
    application.tell(`block ${file}`);
    const probe = dynamicLog(PLACE, '{order.id}', { limits: { hitsPerSecond: 5 } });
    await agent.desire(probe);
    await agent.result();
    await agent.desire(dynamicLog({ file: 'not-there.cjs', line: 1 }, 'keeps the worker'));
    expect(application.lines.some((line) => line.startsWith('blocked'))).toBe(false);
    await agent.desire(probe);
    await agent.state(({ state }) => state === 'Armed');
    application.lines.length = 0;
    agent.die();
    await application.line((line) => line === 'key false');
    expect(application.lines.some((line) => line.startsWith('blocked'))).toBe(false);
    rmSync(file);
    await application.line((line) => line.startsWith('blocked'));
  });

  test('ends when it has nothing to do, probes or not', async () => {
    application = await Application.start('short.cjs', { node, run: agent.directory });
    expect(await application.exit()).toBe(0);
    expect(application.errors).toBe('');
    expect(application.lines).toEqual(['done']);
  });

  test('runs as ever where there is no agent', async () => {
    application = await Application.start('short.cjs', { node, run: '/nowhere' });
    expect(await application.exit()).toBe(0);
    expect(application.errors).toBe('');
  });

  test.each(['yielding', 'blocking'])(
    'leaves a hot line alone but for samples within the budget (%s)',
    async (mode) => {
      await start('hot.cjs', mode);
      if (mode === 'blocking') await agent.desire(dynamicLog({ file: 'not-there.cjs', line: 1 }, 'keeps the worker'));
      const budget = 10;
      const probe = dynamicLog(HOT, 'next {next}', {
        limits: { cpuMillisecondsPerSecond: budget, hitsPerSecond: 5000 },
      });
      if (mode === 'blocking') application.tell('go');
      const since = performance.now();
      await agent.desire(probe);
      await agent.state(({ reason }) => reason === 'BudgetExceeded');
      const { hits, cost } = await agent.state(({ reason }) => reason === 'Sampled');
      const seconds = (performance.now() - since) / 1000;
      // Ten seconds' credit is there at first, one hit may begin with the last of it, and the line is executed millions of times meanwhile.
      expect(cost?.cpuMilliseconds).toBeLessThan(budget * (seconds + 10) + 10);
      const executed = application.lines
        .filter((line) => line.startsWith('calls'))
        .map((line) => Number(line.slice(6)));
      expect(executed.reduce((sum, calls) => sum + calls, 0)).toBeGreaterThan(100 * hits);
    },
  );
});
