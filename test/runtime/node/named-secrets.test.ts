import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from './agent-end.ts';
import { Application, NODES } from './application.ts';
import { dynamicLog } from './probe.ts';

const PLACE = { file: 'fixtures/named-secrets.cjs', line: 93 };
const limits = { cpuMillisecondsPerSecond: 1000, hitsPerSecond: 1000 };

describe.each(NODES)('functions without a proof, which run natively in a pause, on %s', (node) => {
  let agent: AgentEnd;
  let application: Application;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    application = await Application.start('named-secrets.cjs', { node, run: agent.directory });
    await application.line((line) => line === 'ready');
    await agent.hello();
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
  });

  /** Until the call has had its time: its value, or the mark of what is hidden. */
  async function shown(call: string, names?: string[]): Promise<string | undefined> {
    await agent.desire(
      dynamicLog(PLACE, `{${call}}`, {
        limits,
        ...(names && { redaction: { names, mode: 'Default' as const, replacement: 'Remove' as const } }),
      }),
    );
    const seen = agent.result(({ log }) => log !== undefined && !/EvaluationTimeout|not captured/.test(log.message));
    const { log } = await application.repeat('1', seen);
    expect(JSON.stringify(agent.results)).not.toContain('hunter2');
    return log?.message;
  }

  test.each(['account.plain()', 'account.commented()'])('%s shows what it returns', async (call) => {
    expect(await shown(call)).toBe('Humphry 1');
  });

  test.each([
    ...['direct', 'quoted', 'escaped', 'taken', 'matched'].map((name) => [`account.${name}()`, 'names a secret']),
    ['account.inside()', 'calls a method that names one'],
    ['account.deeper()', 'calls a method that calls one'],
    ['account.behindGetter()', 'reads a getter that names one'],
    ['account.ofCustomer()', 'calls a method of another object'],
    ['account.of(account.customer)', 'calls a method of its argument'],
    ['account.long()', 'is longer than what is looked at'],
    ['account.bound()', 'is bound, so that nobody knows what it calls'],
  ])('%s is not called, as it %s', async (call) => {
    expect(await shown(call)).toBe('<redacted>');
  });

  test('names that only the probe hides count as well', async () => {
    expect(await shown('account.ofProbe()', ['nickname'])).toBe('<redacted>');
  });
});
