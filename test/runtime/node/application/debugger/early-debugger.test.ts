import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from '../../harness/agent-end.ts';
import { Application, NODES } from '../../harness/application.ts';
import { dynamicLog, snapshot } from '../../harness/probe.ts';

/** Megabytes of heap: walking them would take longer than these probes may stop the process. */
const LARGE = '60';
const LINE = { file: 'grown.cjs', line: 14 };
const limits = { maxStallMilliseconds: 15, cpuMillisecondsPerSecond: 1000 };

const log = () => dynamicLog(LINE, 'order {order.id} costs {total}', { limits });
const entry = () => dynamicLog({ function: 'place', at: 'Entry' }, 'entered with {order.id}', { limits });
const exit = () => dynamicLog({ function: 'place', at: 'Exit' }, 'left with {$return}', { limits });
const capture = () => snapshot(LINE, { limits });

class StallTooLong extends Error {}

describe.each(NODES)('the debugger of a process on %s', (node) => {
  let agent: AgentEnd;
  let application: Application;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
  });

  async function start(mode: string, megabytes = '0', nodeArgs: readonly string[] = []): Promise<void> {
    const env = { DAVYLAMP_DEBUGGER: mode };
    application = await Application.start('grown.cjs', {
      node,
      run: agent.directory,
      args: [megabytes],
      env,
      nodeArgs,
    });
    await application.line((line) => line === 'ready');
    await agent.hello();
  }

  /** Begins again with a new process where a busy machine makes the stall too long: were the heap walked, it would be so each time. */
  async function unlessStalled(attempt: () => Promise<void>, attempts = 3): Promise<void> {
    try {
      await attempt();
    } catch (error) {
      if (!(error instanceof StallTooLong) || attempts === 1) throw error;
      await application.stop();
      agent.close();
      agent = await new AgentEnd().listen();
      await unlessStalled(attempt, attempts - 1);
    }
  }

  async function expectAllKinds(): Promise<void> {
    const probes = [log(), entry(), exit(), capture()];
    const states = await agent.desire(...probes);
    const stalled = states.find(({ reason }) => reason === 'StallTooLong');
    if (stalled) throw new StallTooLong(stalled.message);
    expect(states.map(({ state, reason }) => `${state} ${reason}`)).toEqual(probes.map(() => 'Armed Armed'));
    const messages = ['order 7 costs 130', 'entered with 7', 'left with 130'];
    const wanted = messages.map((message) => agent.result((result) => result.log?.message === message));
    await application.repeat(
      'take 7',
      Promise.all([...wanted, agent.result((result) => result.capture !== undefined)]),
    );
  }

  test('is on before the first line where that is wished, and all kinds of probes come with a heap that is too large to be walked', async () => {
    await unlessStalled(async () => {
      await start('AtStart', LARGE);
      await expectAllKinds();
      // They go, the debugger stays, and they come back.
      await agent.desire();
      await expectAllKinds();
      expect(application.errors).toBe('');
    });
  });

  test('is on when the heap has grown since', async () => {
    await unlessStalled(async () => {
      await start('AtStart');
      application.tell(`grow ${LARGE}`);
      await application.line((line) => line.startsWith('grown'));
      await expectAllKinds();
      expect(application.errors).toBe('');
    });
  });

  test('is on with the first probe only where that is wished, and the probe says so', async () => {
    await start('OnDemand', LARGE);
    const [state] = await agent.desire(log());
    expect(state).toMatchObject({ state: 'Failed', reason: 'StallTooLong' });
    expect(state?.message).toMatch(/about \d+ ms \(heap \d+ MB\).* is 15; .* with the first probe only$/);
  });

  test('leaves V8 without baseline code, which setting a breakpoint would have to walk the heap for', async () => {
    await start('OnDemand', '0', ['--allow-natives-syntax']);
    application.tell('compile');
    // Else the rest would prove nothing.
    await application.line((line) => line === 'compiled true');
    expect(await agent.desire(log())).toMatchObject([{ state: 'Armed' }]);
    application.lines.length = 0;
    for (let round = 0; round < 3; round++) application.tell('warm');
    await application.until(() => application.lines.length === 3);
    expect(application.lines).toEqual(Array(3).fill('warm true false'));
  });

  test('lets V8 make none where it is on from the start', async () => {
    await start('AtStart', '0', ['--allow-natives-syntax']);
    for (let round = 0; round < 3; round++) application.tell('warm');
    await application.until(() => application.lines.filter((line) => line.startsWith('warm')).length === 3);
    expect(application.lines.filter((line) => line.startsWith('warm'))).toEqual(Array(3).fill('warm true false'));
  });

  test('does not stop at a debugger statement of the program while it is on without a probe', async () => {
    await unlessStalled(async () => {
      await start('AtStart');
      application.tell('statement');
      await application.line((line) => line === 'went on');
      await expectAllKinds();
      await agent.desire();
      application.lines.length = 0;
      application.tell('statement');
      await application.line((line) => line === 'went on');
    });
  });
});
