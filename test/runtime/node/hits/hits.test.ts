import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { untilLastResults } from '../harness/last-results.ts';
import * as probe from '../harness/probe.ts';
import { isWhole } from '../harness/probe.ts';

const PLACE = { file: 'fixtures/orders.cjs', line: 37 };
/** On a busy machine one hit can cost more than the budget has, which is tested elsewhere, and the probe is out for long. */
const AMPLE = { cpuMillisecondsPerSecond: 1000 };

const dynamicLog: typeof probe.dynamicLog = (location, message, changes = {}) =>
  probe.dynamicLog(location, message, { ...changes, limits: { ...AMPLE, ...changes.limits } });
const snapshot: typeof probe.snapshot = (location, changes = {}) =>
  probe.snapshot(location, { ...changes, limits: { ...AMPLE, ...changes.limits } });

describe.each(NODES)('hits on %s', (node) => {
  let agent: AgentEnd;
  let application: Application;

  async function start(): Promise<void> {
    agent = await new AgentEnd().listen();
    application = await Application.start('orders.cjs', { node, run: agent.directory });
    await application.line((line) => line === 'ready');
    await agent.hello();
  }

  beforeEach(start);

  afterEach(async () => {
    await application.stop();
    agent.close();
  });

  test('a log is formed from the values of its line', async () => {
    const [state] = await agent.desire(dynamicLog(PLACE, 'order {order.id} costs {total}: {order.customer.name}'));
    expect(state).toMatchObject({
      state: 'Armed',
      reason: 'Armed',
      location: 'orders.cjs:37:5',
      placement: 'Breakpoint',
    });
    application.tell('take 7');
    const { log, location, sequence } = await agent.result();
    expect({ log, location, sequence }).toEqual({
      log: { level: 'Info', message: 'order 7 costs 130: Ada' },
      location: 'orders.cjs:37:5',
      sequence: 1,
    });
    await agent.state(({ hits }) => hits === 1);
  });

  test('an expression that throws shows what it threw, beside the values of the others', async () => {
    await agent.desire(dynamicLog(PLACE, '{order.nothing.here} {order.id}'));
    const wanted = "<TypeError: Cannot read properties of undefined (reading 'here')> 1";
    application.tell('take 1');
    expect((await agent.result()).log?.message).toBe(wanted);
  });

  test('a password is hidden, a getter that assigns is not run, and the application is unchanged', async () => {
    await agent.desire(dynamicLog(PLACE, '{order.customer.password} {order.customer} {order.touching}'));
    await application.repeat(
      'take 1',
      agent.result(({ log }) =>
        /^<redacted> .*<redacted>.* <SideEffectRefused: touching assigns this.getterRan.*>$/.test(log?.message ?? ''),
      ),
    );
    expect(JSON.stringify(agent.results)).not.toContain('hunter2');
    await application.line((line) => line.startsWith('took'));
    expect(application.lines).not.toContain('CHANGED');
  });

  test('a method of the application is called under a side-effect check, refused when it writes, stopped when it loops', async () => {
    await agent.desire(
      dynamicLog(PLACE, '{order.total()} {order.mutate()} {order.spin()}', { condition: 'order.total() > 100' }),
    );
    const wanted = /^130 <SideEffectRefused: .*> <EvaluationTimeout: .*>$/;
    await application.repeat(
      'take 1',
      agent.result(({ log }) => wanted.test(log?.message ?? '')),
    );
    expect(await application.line((line) => line.startsWith('took'))).toBe('took {"total":130,"count":1}');
    expect(application.lines).not.toContain('CHANGED');
  });

  test('most hits that call methods show their values, and the others say that the time was up', async () => {
    await agent.desire(
      dynamicLog(PLACE, '{order.id} {order.total()} {order.customer.name}', {
        condition: 'order.total() > 100',
        limits: { hitsPerSecond: 1000 },
      }),
    );
    // Until the worker has done with arming it, a hit that needs a pause is dropped.
    await application.repeat('take 99', agent.result());
    const taken = () => application.lines.filter((line) => line.startsWith('took')).length;
    const all = 20;
    const wantTaken = taken() + all;
    for (let hit = 0; hit < all; hit++) application.tell('take 99');
    const { hits } = await agent.state((state) => probe.countOf(state) >= wantTaken);
    await agent.until(() => agent.results.length >= hits);
    const messages = agent.results.map(({ log }) => log?.message);
    const timeIsUp = '<(EvaluationTimeout: [^>]+|not captured: out of time)>';
    const wanted = new RegExp(`^(99|${timeIsUp}) (130|${timeIsUp}) (Ada|${timeIsUp})$`);
    for (const message of messages) expect(message).toMatch(wanted);
    expect(messages.filter((message) => message === '99 130 Ada').length).toBeGreaterThan(all / 2);
  });

  test('the variables of a snapshot are there even when its watches take all the time', async () => {
    const limits = { hitsPerSecond: 100 };
    await agent.desire(snapshot(PLACE, { watch: ['order.spin()', 'order.id'], limits }));
    const whole = agent.result(({ capture }) => {
      const [spin, id] = capture?.watches ?? [];
      const order = capture?.frames[0]?.locals?.find(({ name }) => name === 'order');
      return (
        /^EvaluationTimeout/.test(spin?.value.text ?? '') && id?.value.text === '7' && order?.value.fields !== undefined
      );
    });
    await application.repeat('take 7', whole);
  });

  test.each(['order.customer.password', 'trapped.field', '!order.customer.password'])(
    'a condition that may not be read is no match, counted, and said: %s',
    async (condition) => {
      await agent.desire(
        dynamicLog({ file: 'fixtures/orders.cjs', line: 44 }, 'never', { condition }),
        dynamicLog({ file: 'fixtures/orders.cjs', line: 44 }, 'seen {order.id}'),
      );
      application.tell('take 1');
      await agent.result(({ log }) => log?.message === 'seen 1');
      expect(agent.results.map(({ log }) => log?.message)).toEqual(['seen 1']);
      const state = await agent.state(({ dropped }) => dropped.length > 0);
      expect(state.dropped).toEqual([{ reason: 'EvaluationFailed', count: 1 }]);
      expect(state.message ?? '').toMatch(
        /the condition: it gives <(redacted|getter|proxy)>, which is no match \(1 hit\)/,
      );
    },
  );

  test('a condition that loops forever is stopped, counted, and said', async () => {
    await agent.desire(dynamicLog(PLACE, 'never', { condition: 'order.spin()' }));
    const state = await application.repeat(
      'take 1',
      agent.state(({ dropped }) => dropped.some(({ reason }) => reason === 'EvaluationTimeout')),
    );
    // Told again and again, it may also be hit while the worker rings, or too often.
    const allowed = ['EvaluationTimeout', 'RuntimeBusyDebugger', 'RateLimited'];
    expect(allowed).toEqual(expect.arrayContaining(state.dropped.map(({ reason }) => reason)));
    expect(state.message ?? '').toContain('EvaluationTimeout');
    expect(agent.results).toEqual([]);
  });

  test('a condition that throws is no match, counted, and said', async () => {
    await agent.desire(dynamicLog(PLACE, 'never', { condition: 'order.nothing.here > 1' }));
    application.tell('take 1');
    const state = await agent.state(({ dropped }) => dropped.length > 0);
    expect(state.dropped).toEqual([{ reason: 'EvaluationFailed', count: 1 }]);
    expect(state.message ?? '').toContain('TypeError');
  });

  test('only hits for which the condition is true are reported', async () => {
    await agent.desire(dynamicLog(PLACE, 'id {order.id}', { condition: 'order.id % 2 === 1' }));
    for (const id of [2, 3, 4, 5]) application.tell(`take ${id}`);
    await agent.result(({ log }) => log?.message === 'id 5');
    expect(agent.results.map(({ log }) => log?.message)).toEqual(['id 3', 'id 5']);
  });

  test('an expression that may not be is refused before it is placed', async () => {
    const states = await agent.desire(
      dynamicLog(PLACE, '{order.id = 3}'),
      dynamicLog(PLACE, 'x', { condition: 'order.(' }),
    );
    expect(states.map(({ state, reason }) => `${state} ${reason}`)).toEqual([
      'Failed ExpressionInvalid',
      'Failed ExpressionInvalid',
    ]);
  });

  test('several probes share a line', async () => {
    await agent.desire(dynamicLog(PLACE, 'one {order.id}'), dynamicLog(PLACE, 'two {order.id}'));
    application.tell('take 4');
    await agent.result(({ log }) => log?.message === 'one 4');
    await agent.result(({ log }) => log?.message === 'two 4');
  });

  test('several probes that need a pause share a line and the pause', async () => {
    await agent.desire(
      dynamicLog(PLACE, 'one {order.total()}'),
      dynamicLog(PLACE, 'two {order.total()}'),
      snapshot(PLACE, { limits: { hitsPerSecond: 100 } }),
    );
    await Promise.all([
      application.repeat(
        'take 4',
        agent.result(({ log }) => log?.message === 'one 130'),
      ),
      agent.result(({ log }) => log?.message === 'two 130'),
      agent.result(({ capture }) => capture !== undefined),
    ]);
  });

  test('a method is not called for the first time where that could stop the process for too long', async () => {
    await application.stop();
    // V8 makes baseline code because somebody wants it to, so it walks the heap to throw that of the method away.
    application = await Application.start('orders.cjs', { node, run: agent.directory, nodeArgs: ['--sparkplug'] });
    await application.line((line) => line === 'ready');
    await agent.until(() => agent.hellos.length > 1);
    // What has a proof needs no call, and its values may come meanwhile.
    const probe = dynamicLog(PLACE, '{order.id} {order.unproven()}', { limits: { maxStallMilliseconds: 20 } });
    await agent.desire(probe);
    application.tell('grow');
    const wanted = /^7 <EvaluationTimeout: .* stop the process for \d+ ms, .* is 20>$/;
    await application.repeat(
      'take 7',
      agent.result(({ log }) => wanted.test(log?.message ?? '')),
    );
    expect(agent.results.filter(({ log }) => !wanted.test(log?.message ?? ''))).toEqual([]);
  });

  test('hits above the rate limit are counted', async () => {
    await agent.desire(dynamicLog(PLACE, '{order.id}', { limits: { hitsPerSecond: 2 } }));
    for (let id = 0; id < 10; id++) application.tell(`take ${id}`);
    const state = await agent.state(({ dropped }) => dropped.some(({ reason }) => reason === 'RateLimited'));
    expect(state.hits + (state.dropped[0]?.count ?? 0)).toBeLessThanOrEqual(10);
  });

  test('the last allowed hit takes the probe out', async () => {
    await agent.desire(dynamicLog(PLACE, '{order.id}', { limits: { remainingHits: 2 } }));
    for (let id = 0; id < 5; id++) application.tell(`take ${id}`);
    await agent.state(({ state, reason }) => state === 'Removed' && reason === 'HitLimitReached');
    await agent.until(() => agent.results.length === 2);
    await application.until(() => application.lines.filter((line) => line.startsWith('took')).length === 5);
    expect(agent.results.map(({ log }) => log?.message)).toEqual(['0', '1']);
  });

  test('a probe whose time is over is out', async () => {
    await agent.desire(dynamicLog(PLACE, '{order.id}', { expireTime: Date.now() + 300 }));
    await agent.state(({ state, reason }) => state === 'Removed' && reason === 'Expired');
    application.tell('take 1');
    await application.line((line) => line.startsWith('took'));
    expect(agent.results).toEqual([]);
  });

  test('a snapshot has frames, variables, this and watches, and hides the password', async () => {
    await agent.desire(
      snapshot(PLACE, { watch: ['order.total()', 'order.nothing.here'], condition: 'order.id === 7' }),
    );
    application.tell('take 6');
    const { capture } = await application.repeat('take 7', agent.result(isWhole));
    const [place, take] = capture?.frames ?? [];
    expect(place).toMatchObject({ function: 'OrderService.place', location: 'orders.cjs:37:5' });
    expect(place?.this?.className).toBe('OrderService');
    expect(place?.locals?.map(({ name }) => name)).toEqual(expect.arrayContaining(['order', 'total']));
    expect(take).toMatchObject({ function: 'take', location: expect.stringMatching(/^orders\.cjs:44:/) });
    expect(capture?.watches[0]).toMatchObject({ name: 'order.total()', value: { type: 'number', text: '130' } });
    expect(capture?.watches[1]?.value.notCaptured).toBe('unavailable');
    expect(JSON.stringify(capture)).not.toContain('hunter2');
    await application.line((line) => line.startsWith('took {"total":130,"count":2}'));
    expect(application.lines).not.toContain('CHANGED');
  });

  test('the result of a function is known where it ends', async () => {
    await agent.desire(dynamicLog({ function: 'OrderService.place', at: 'Exit' }, 'gave {$return.total}'));
    await application.repeat(
      'take 7',
      agent.result(({ log }) => log?.message === 'gave 130'),
    );
  });

  test('results that are under way are written when the process ends', async () => {
    const isWritten = () => agent.results.some(({ log }) => log?.message === '2');
    const attempt = async (number: number) => {
      if (number > 1) {
        agent.close();
        await start();
      }
      await agent.desire(dynamicLog(PLACE, '{order.id}'));
      application.tell('take 1\ntake 2\nend');
      expect(await application.exit()).toBe(3);
    };
    await untilLastResults(isWritten, () => agent, attempt);
  });
});
