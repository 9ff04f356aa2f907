import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WireProbe } from '../../../../src/protocol/wire-probe.ts';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { dynamicLog, snapshot } from '../harness/probe.ts';

const PLACE = { file: 'fixtures/proofs.cjs', line: 108 };
const ESM_PLACE = { file: 'proofs/orders.mjs', line: 34 };
const limits = { cpuMillisecondsPerSecond: 1000, hitsPerSecond: 1000 };
const PROVEN = { limits: { ...limits, calls: 'Proven' as const } };

describe.each(NODES)('functions of the application in expressions on %s', (node) => {
  let agent: AgentEnd;
  let application: Application;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
  });

  async function start(file: string, ...probes: WireProbe[]): Promise<void> {
    application = await Application.start(file, { node, run: agent.directory });
    await application.line((line) => line === 'ready');
    await agent.hello();
    await agent.desire(...probes);
  }

  /** Takes orders until each probe has reported what is wanted of it. */
  async function expectMessages(wanted: Readonly<Record<string, string | RegExp>>, file: string, place = PLACE) {
    const names = Object.keys(wanted);
    await start(file, ...names.map((name) => dynamicLog(place, `${name}: {order.${name}()}`, PROVEN)));
    const seen = names.map((name) => {
      const want = wanted[name] ?? '';
      return agent.result(({ log }) => {
        if (log === undefined || !log.message.startsWith(`${name}: `)) return false;
        const text = log.message.slice(name.length + 2);
        return typeof want === 'string' ? text === want : want.test(text);
      });
    });
    await application.repeat('take 1', Promise.all(seen));
  }

  test('run without a pause once their sources are proven, with what they call and the constants around them', async () => {
    await expectMessages(
      {
        total: '130',
        taxed: '260.00 EUR',
        byPrice: '[[true,"[…]"],[false,"[…]"]]',
        factorial: '120',
        kept: 'kept3.5',
        describe: '<redacted>',
      },
      'proofs.cjs',
    );
  });

  test('are not run when they do more than that; the reason names function, deed and line', async () => {
    const refused = (why: string) =>
      new RegExp(`^<SideEffectRefused: ${why}, and calls are allowed only as far as Proven>$`);
    await expectMessages(
      {
        discounted: refused('Order.discounted uses the outer variable discount, which is assigned elsewhere'),
        mutate: refused('Order.mutate assigns this.id \\(line 2\\)'),
        remembered: refused('Order.remembered calls set, which would change a collection of the application'),
        logged: refused('info calls push, which would change an array of the application'),
        timed: refused('Order.timed uses process \\(line 2\\)'),
        hidden: refused('Order.hidden uses #version \\(line 2\\)'),
        spin: refused('Order.spin takes too many steps to be watched'),
        bound: refused('bound total is native code'),
      },
      'proofs.cjs',
    );
    expect(application.lines.filter((line) => /took \d+ (?!0 0)/.test(line))).toEqual([]);
  });

  test('may use imports that no module assigns, and getters of their objects', async () => {
    const refused = (why: string) => new RegExp(`^<SideEffectRefused: ${why}, and calls`);
    await expectMessages(
      {
        imported: '265',
        namespace: /^-?\d+$/,
        changing: refused('Order.changing uses discount, which the module ./rates.mjs may assign'),
        foreign: refused('Order.foreign uses EOL, which the module node:os may assign'),
      },
      'proofs/orders.mjs',
      ESM_PLACE,
    );
  });

  test('are left to the pause when there is no proof, where a refusal says what they do', async () => {
    await start('proofs.cjs', dynamicLog(PLACE, '{order.discounted()} {order.mutate()}', { limits }));
    await application.repeat(
      'take 1',
      agent.result(({ log }) =>
        /^-?\d+ <SideEffectRefused: Order.mutate assigns this.id \(line 2\)>$/.test(log?.message ?? ''),
      ),
    );
  });

  test('give watches their values too', async () => {
    await start('proofs.cjs', snapshot(PLACE, { watch: ['order.taxed()'], ...PROVEN }));
    const taken = agent.result(({ capture }) => capture?.watches[0]?.value.text === '260.00 EUR');
    await application.repeat('take 1', taken);
  });

  test('are not called at all where only properties are allowed', async () => {
    const only = { limits: { ...limits, calls: 'PropertiesOnly' as const } };
    await start('proofs.cjs', dynamicLog(PLACE, '{order.total()} {order.lines.length}', only));
    application.tell('take 1');
    const { log } = await agent.result();
    expect(log?.message).toBe(
      '<SideEffectRefused: Order.total is a function of the application, and calls are allowed only as far as PropertiesOnly> 2',
    );
  });
});
