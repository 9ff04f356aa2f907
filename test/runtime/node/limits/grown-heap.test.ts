import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { dynamicLog } from '../harness/probe.ts';

/** Megabytes of heap that take longer to walk than the probe may stop the process. */
const LARGE = 200;
const limits = { maxStallMilliseconds: 40, cpuMillisecondsPerSecond: 4, hitsPerSecond: 5000 };

describe.each(NODES)('a probe that is out of the code for its cost, on %s', (node) => {
  let agent: AgentEnd;
  let application: Application;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    application = await Application.start('grown.cjs', {
      node,
      run: agent.directory,
      env: { DAVYLAMP_DEBUGGER: 'OnDemand' },
      // V8's compilers are somebody's choice then and left alone, so that breakpoints go on walking the heap.
      nodeArgs: ['--sparkplug'],
    });
    await application.line((line) => line === 'ready');
    await agent.hello();
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
  });

  test('does not come back into a process whose heap has grown too large to be walked, and says so', async () => {
    const [armed] = await agent.desire(dynamicLog({ file: 'grown.cjs', line: 14 }, '{order.id}', { limits }));
    expect(armed).toMatchObject({ state: 'Armed' });
    application.tell(`grow ${LARGE}`);
    await application.line((line) => line.startsWith('grown'));
    await application.repeat(
      'take 7',
      agent.state(({ reason }) => reason === 'BudgetExceeded'),
    );
    const next = await agent.state(({ reason }) => reason !== 'BudgetExceeded');
    expect(next).toMatchObject({ state: 'Suspended', reason: 'StallTooLong' });
    expect(next.message).toMatch(/about \d+ ms \(heap \d+ MB\).* is 40/);
    expect(application.errors).toBe('');
  });
});
