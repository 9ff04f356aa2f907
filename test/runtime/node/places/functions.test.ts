import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { goOnFile } from '../harness/go-on.ts';
import { dynamicLog, isInTime, isWhole, snapshot } from '../harness/probe.ts';

const limits = { cpuMillisecondsPerSecond: 1000, hitsPerSecond: 1000 };

describe.each(NODES)('functions on %s', (node) => {
  let agent: AgentEnd;
  let application: Application;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    application = await Application.start('functions/shapes.cjs', { node, run: agent.directory });
    await application.line((line) => line === 'ready');
    await agent.hello();
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
  });

  /** Arms a log at the end of the function, makes the call, and waits for what the log says. */
  async function exit(name: string, message: string, call: string, wanted: string | RegExp): Promise<void> {
    const [state] = await agent.desire(dynamicLog({ function: name, at: 'Exit' }, message, { limits }));
    expect(state).toMatchObject({ state: 'Armed' });
    await application.repeat(
      call,
      agent.result(({ log }) =>
        typeof wanted === 'string' ? log?.message === wanted : wanted.test(log?.message ?? ''),
      ),
    );
  }

  test.each([
    ['OrderService.place', '{$return.total} {$return.checked}', 'place', '70 true'],
    ['OrderService.#check', '{$return}', 'place', 'true'],
    ['new OrderService', '{$return.currency} {$return.name}', 'make', 'EUR new'],
    ['OrderService.total', '{$return}', 'get', '42'],
    ['set OrderService.total', '{value} {$return}', 'set', '9 undefined'],
    ['OrderService.create', '{$return.name}', 'make', 'new'],
    ['OrderService.load', '{$return.id}', 'load', '7'],
    ['OrderService.count', '{$return}', 'count', '15'],
    ['OrderService.walk', '{$return}', 'walk', 'done'],
    ['OrderService.handler', 'ends {order.id} {$return}', 'handler', 'ends 4 <unavailable>'],
    ['add', '{$return}', 'add', '3'],
    ['nested', '{typeof $return}', 'nested', 'function'],
    ['given', '{$return}', 'given', '2'],
    ['OldService.place', '{$return}', 'old', '3'],
    ['OldService', '{this.made} {$return}', 'old', 'true undefined'],
    ['api.orders.list', '{$return.length}', 'list', '2'],
    ['outer.inner', '{$return}', 'outer', '2'],
    ['exports.total', '{$return}', 'total', '14'],
    ['OrderService.closing', 'ends {id}', 'closing', 'ends 5'],
  ])('%s tells its result where it ends', exit);

  test.each([
    ['OrderService.place', '{order.id} {$error.message} {$return}', 'refuse', '101 no order 101 undefined'],
    ['OrderService.load', '{id} {$error.message}', 'unlucky', '13 unlucky'],
    ['OrderService.rethrows', '{text} {$error.message}', 'rethrows', '{ bad order'],
    ['OrderService.through', '{text} {$error.name}', 'through', '{ SyntaxError'],
    ['OrderService.emits', '{text} {$error.name}', 'emits', '{ SyntaxError'],
    ['OrderService.fails', '{$error.message}', 'fails', 'at once'],
    ['OrderService.fails', 'left', 'fails', 'left'],
  ])('%s tells the exception that leaves it', exit);

  test.each([
    ['OrderService.careful', 'careful'],
    ['OrderService.swallows', 'swallows'],
    ['OrderService.guarded', 'guarded'],
    ['OrderService.promises', 'promises'],
    ['OrderService.starts', 'starts'],
    ['OrderService.place', 'place'],
  ])('%s tells no exception where none leaves it', async (name, call) => {
    await agent.desire(dynamicLog({ function: name, at: 'Exit' }, 'left with {$error}', { limits }));
    for (let turn = 0; turn < 3; turn++) {
      application.lines.length = 0;
      application.tell(call);
      await application.line((line) => line.startsWith(call));
    }
    await agent.until(() => agent.results.length >= 3);
    expect(new Set(agent.results.map(({ log }) => log?.message))).toEqual(new Set(['left with undefined']));
  });

  test('a probe that speaks only of $return does not watch exceptions', async () => {
    await agent.desire(dynamicLog({ function: 'OrderService.place', at: 'Exit' }, '{$return.total}', { limits }));
    application.tell('refuse');
    await application.line((line) => line === 'refuse threw no order 101');
    application.tell('place');
    await agent.result(({ log }) => log?.message === '70');
    expect(agent.results.map(({ log }) => log?.message)).not.toContain('undefined');
  });

  test.each([
    ['OrderService.load', 'load'],
    ['OrderService.load', 'overlap'],
    ['OrderService.load', 'unlucky'],
    ['OrderService.count', 'count'],
  ])('%s tells how long it took, by %s', async (name, call) => {
    await agent.desire(dynamicLog({ function: name, at: 'Exit' }, '{id} {$elapsed}', { limits }));
    const wanted = /^\d+ (1[5-9]|[2-9]\d|\d{3,})\.?\d{0,3}$/;
    await application.repeat(
      call,
      agent.result(({ log }) => wanted.test(log?.message ?? '')),
    );
    for (const { log } of agent.results.filter(isInTime)) expect(log?.message).toMatch(wanted);
  });

  test('activations that nothing tells apart have no time', async () => {
    await agent.desire(dynamicLog({ function: 'OrderService.load', at: 'Exit' }, '{id} {$elapsed}', { limits }));
    application.tell('twins');
    await agent.until(() => agent.results.length === 2);
    expect(agent.results.map(({ log }) => log?.message)).toEqual(['5 <unavailable>', '5 <unavailable>']);
  });

  test('each activation of a recursion has its own time', async () => {
    await agent.desire(dynamicLog({ function: 'OrderService.sums', at: 'Exit' }, '{depth} {$elapsed}', { limits }));
    application.tell('sums');
    await agent.until(() => agent.results.length === 4);
    const times = agent.results.map(({ log }) => (log?.message ?? '').split(' ').map(Number));
    expect(times.map(([depth]) => depth)).toEqual([0, 1, 2, 3]);
    const elapsed = times.map(([, milliseconds = Number.NaN]) => milliseconds);
    expect(elapsed).toEqual([...elapsed].sort((a, b) => a - b));
  });

  test('a line knows the time since its function began', async () => {
    await agent.desire(dynamicLog({ file: 'functions/shapes.cjs', line: 56 }, '{id} {$elapsed}', { limits }));
    const { log } = await application.repeat('load', agent.result(isInTime));
    expect(Number(log?.message.split(' ')[1])).toBeGreaterThan(15);
  });

  test('an entry is at the beginning', async () => {
    await agent.desire(dynamicLog({ function: 'OrderService.load' }, '{$elapsed}', { limits }));
    application.tell('load');
    expect((await agent.result()).log?.message).toBe('0');
  });

  test('a constructor is entered before it has `this`', async () => {
    await agent.desire(
      dynamicLog({ function: 'new OrderService' }, '{name} {currency}', { limits }),
      dynamicLog({ function: 'OrderService.constructor', at: 'Exit' }, '{this.currency} {$elapsed}', { limits }),
    );
    application.tell('make');
    await agent.result(({ log }) => log?.message === 'new eur');
    await agent.result(({ log }) => /^EUR \d/.test(log?.message ?? ''));
    await application.line((line) => line === 'make "EUR"');
  });

  test.each([
    ['OrderService.both', /static OrderService\.both at .*OrderService#both/s],
    ['place', /OldService\.place at .* OrderService\.place at .*as it is listed/s],
  ])('%s is ambiguous, and the way out is said', async (name, wanted) => {
    const [state] = await agent.desire(dynamicLog({ function: name }, 'x'));
    expect(state).toMatchObject({
      state: 'Failed',
      reason: 'AmbiguousFunction',
      message: expect.stringMatching(wanted),
    });
  });

  test.each([
    ['static OrderService.both', 'static'],
    ['OrderService#both', 'both'],
  ])('%s is one of two', async (name, call) => {
    await agent.desire(dynamicLog({ function: name }, 'entered', { limits }));
    application.tell(call);
    await agent.result();
  });

  test('what has no end that V8 shows, and what has no code, is said', async () => {
    const states = await agent.desire(
      dynamicLog({ function: 'OrderService.stream', at: 'Exit' }, 'x'),
      dynamicLog({ function: 'Bare' }, 'x'),
    );
    expect(states.map(({ message }) => message)).toEqual([
      expect.stringContaining('no end of an async generator'),
      expect.stringContaining('Bare has no constructor in its code'),
    ]);
  });

  test('exceptions are watched in a busy loop too, and no pause waits for the worker', async () => {
    const waiting = dynamicLog({ file: 'not-there.cjs', line: 1 }, 'keeps the worker');
    await agent.desire(waiting);
    const file = goOnFile();
    application.tell(`block ${file}`);
    await agent.desire(waiting, dynamicLog({ function: 'OrderService.careful', at: 'Exit' }, 'left', { limits }));
    await agent.result();
    await agent.desire(waiting);
    await agent.desire(waiting, dynamicLog({ function: 'OrderService.rethrows', at: 'Exit' }, 'left', { limits }));
    expect(application.lines.some((line) => line.startsWith('block'))).toBe(false);
    rmSync(file);
    const line = await application.line((one) => one.startsWith('block'));
    expect(Number(line.slice(6))).toBeLessThan(500);
  });

  test('a snapshot of an end has the result, or the exception and the stack of the function', async () => {
    await agent.desire(
      snapshot(
        { function: 'OrderService.place', at: 'Exit' },
        { watch: ['order.id'], limits: { hitsPerSecond: 1000 } },
      ),
    );
    const returned = await application.repeat('place', agent.result(isWhole));
    expect(returned.capture?.watches).toMatchObject([
      { name: 'order.id', value: { text: '7' } },
      { name: '$return', value: { fields: [{ name: 'total' }, { name: 'checked' }] } },
    ]);
    const threw = await application.repeat(
      'refuse',
      agent.result((result) => isWhole(result) && result.capture?.watches[1]?.name === '$error'),
    );
    expect(threw.capture?.watches[1]?.value).toMatchObject({ type: 'error', className: 'RangeError' });
    expect(threw.capture?.frames[0]).toMatchObject({ function: 'OrderService.place' });
    expect(threw.capture?.frames[0]?.locals?.map(({ name }) => name)).toContain('total');
  });

  test('exceptions are not watched once somebody opened the inspector', async () => {
    await agent.desire(dynamicLog({ function: 'OrderService.place', at: 'Exit' }, 'left', { limits }));
    application.tell('inspect');
    const state = await agent.state(({ message }) => message?.includes('while the inspector') ?? false);
    expect(state.state).toBe('Armed');
    application.tell('refuse');
    await application.line((line) => line === 'refuse threw no order 101');
    expect(agent.results).toEqual([]);
  });

  test('a storm of exceptions is sampled, and left alone in between', async () => {
    const probe = dynamicLog({ function: 'OrderService.place', at: 'Exit' }, 'left');
    await agent.desire(probe);
    application.tell('storm');
    const state = await agent.state(({ message }) => message?.includes('exits by exception are sampled') ?? false);
    expect(state.state).toBe('Armed');
    application.lines.length = 0;
    application.tell('storm');
    await application.line((one) => one === 'storm 2000');
    // Were each one watched, at half a millisecond or more, it would be 2000 of the 4000.
    const [told] = await agent.desire(probe, dynamicLog({ file: 'not-there.cjs', line: 1 }, 'never'));
    expect(told?.cost?.cpuMilliseconds).toBeLessThan(500);
    await agent.desire();
    application.tell('refuse');
    await application.line((one) => one === 'refuse threw no order 101');
  });
});
