import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renderValue } from '../../../../src/protocol/render/render-value.ts';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { dynamicLog, snapshot } from '../harness/probe.ts';

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

  const named = (what: string) => `<not called: ${what}, which is hidden>`;

  test.each([
    ['account.direct()', 'names a secret', named('Account.direct can reach password')],
    ['account.quoted()', 'names a secret', named('Account.quoted can reach x-api-key')],
    ['account.escaped()', 'names a secret', named('Account.escaped can reach password')],
    ['account.taken()', 'names a secret', named('Account.taken can reach password')],
    ['account.matched()', 'names a secret', expect.stringMatching(/^<not called: Account\.matched can reach /)],
    ['account.inside()', 'calls a method that names one', named('Account.inside can reach password')],
    ['account.deeper()', 'calls a method that calls one', named('Account.deeper can reach password')],
    ['account.behindGetter()', 'reads a getter that names one', named('Account.behindGetter can reach password')],
    ['account.ofCustomer()', 'calls a method of another object', named('Account.ofCustomer can reach password')],
    ['account.of(account.customer)', 'calls a method of its argument', named('Account.of can reach password')],
    [
      'account.long()',
      'is longer than what is looked at',
      '<not called: account.long reaches a function whose source cannot be searched for secrets>',
    ],
    [
      'account.bound()',
      'is bound, so that nobody knows what it calls',
      '<not called: bound plain reaches a function whose source cannot be searched for secrets>',
    ],
  ])('%s is not called, as it %s, and says so', async (call, _, want) => {
    expect(await shown(call)).toEqual(want);
  });

  test('names that only the probe hides count as well', async () => {
    expect(await shown('account.ofProbe()', ['nickname'])).toBe(named('Account.ofProbe can reach nickname'));
  });

  test('a watch says it in the words of a message', async () => {
    await agent.desire(snapshot(PLACE, { limits, watch: ['account.direct()'] }));
    const { capture } = await application.repeat(
      '1',
      agent.result((result) => !/EvaluationTimeout|not captured/.test(JSON.stringify(result.capture?.watches))),
    );
    const [watch] = capture?.watches ?? [];
    expect(watch && renderValue(watch.value, 255)).toBe(named('Account.direct can reach password'));
  });
});
