import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from './agent-end.ts';
import { Application, NODES } from './application.ts';
import { dynamicLog } from './probe.ts';

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
      agent.result(({ log }) => (typeof wanted === 'string' ? log?.message === wanted : wanted.test(log?.message ?? ''))),
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
});
