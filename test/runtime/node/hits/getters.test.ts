import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { dynamicLog } from '../harness/probe.ts';

const PLACE = { file: 'fixtures/getters.cjs', line: 19 };
const PROVEN = { limits: { cpuMillisecondsPerSecond: 1000, hitsPerSecond: 1000, calls: 'Proven' as const } };

describe.each(NODES)('getters in expressions on %s', (node) => {
  let agent: AgentEnd;
  let application: Application;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    application = await Application.start('getters.cjs', { node, run: agent.directory });
    await application.line((line) => line === 'ready');
    await agent.hello();
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
  });

  /** The message of the first hit in which everything is known. */
  async function said(message: string): Promise<string> {
    await agent.desire(dynamicLog(PLACE, message, PROVEN));
    const whole = agent.result(
      ({ log }) => log !== undefined && !/not been looked at|cannot be looked up/.test(log.message),
    );
    return (await application.repeat('take', whole)).log?.message ?? '';
  }

  test('are run without a pause once their sources are proven', async () => {
    const message = await said('{basket.total} {basket.constructor.rate} {half.half} {count}');
    const count = Number(/\d+$/.exec(message)?.[0]);
    expect(message).toBe(`${count * 3} 0.2 ${count / 2} ${count}`);
  });

  test('that come to what others of their kind hand over or set have the value all the same', async () => {
    const message = await said('{half.web.get("host")} {half.web.hops} {half.web.app.put("/")}');
    expect(message).toMatch(/^shop.example 2 <SideEffectRefused: .*>$/);
  });

  test.each(['swc', 'esbuild', 'webpack', 'vite', 'tsc', 'babel'])(
    'that %s makes of exports give the value that the variable has now',
    async (compiler) => {
      const limits = compiler === 'tsc' ? 5 : `{config.${compiler}.LIMITS.max}`;
      const message = await said(`${limits} {config.${compiler}.level} {count}`);
      const count = Number(/\d+$/.exec(message)?.[0]);
      // `raise` ran once for each hit, before the line.
      expect(message).toBe(`5 ${count + 1} ${count}`);
    },
  );
});
