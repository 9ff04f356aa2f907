import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import type { AgentEnd } from '../harness/agent-end.ts';
import { NODES } from '../harness/application.ts';
import { dynamicLog, snapshot } from '../harness/probe.ts';
import { HostileRun, limits, lineOf } from './hostile-run.ts';

const LINE = lineOf('orders.cjs', '// the line of the probes');
const PLACE = { file: 'fixtures/orders.cjs', line: LINE };

type Message = { id?: number; method?: string; params?: Record<string, never>; result?: Record<string, never> };

/** A person's debugger: a client of the DevTools protocol on the port of the inspector. */
class Person {
  readonly #socket: WebSocket;
  readonly #messages: Message[] = [];
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      this.#messages.push(JSON.parse(String(data)));
      socket.emit('told');
    });
  }

  static async attach(url: string): Promise<Person> {
    const socket = new WebSocket(url);
    const person = new Person(socket);
    await once(socket, 'open');
    return person;
  }

  async ask(method: string, params: object = {}): Promise<Record<string, never>> {
    const id = ++this.#lastId;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return (await this.#message((message) => message.id === id)).result ?? {};
  }

  async event(method: string): Promise<Record<string, never>> {
    const message = await this.#message((candidate) => candidate.method === method);
    this.#messages.splice(this.#messages.indexOf(message), 1);
    return message.params ?? {};
  }

  seen(method: string): number {
    return this.#messages.filter((message) => message.method === method).length;
  }

  async detach(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  async #message(wanted: (message: Message) => boolean): Promise<Message> {
    const signal = AbortSignal.timeout(60_000);
    for (;;) {
      const found = this.#messages.find(wanted);
      if (found !== undefined) return found;
      await once(this.#socket, 'told', { signal });
    }
  }
}

describe.each(NODES)('a person with a debugger, on %s', (node) => {
  let run: HostileRun;
  let agent: AgentEnd;
  let person: Person | undefined;

  beforeEach(async () => {
    run = await HostileRun.start('orders.cjs', { node });
    agent = run.agent as AgentEnd;
  });

  afterEach(async () => {
    await run.stop();
  });

  async function attach(): Promise<Person> {
    const [, url = ''] = (await run.tell('inspect')).split(' ');
    const attached = await Person.attach(url);
    person = attached;
    await attached.ask('Runtime.enable');
    await attached.ask('Debugger.enable');
    return attached;
  }

  test('attaches while a snapshot is armed: the hit does not pause and says why, breakpoints and steps of the person work, and afterwards probes do again', async () => {
    const probe = snapshot(PLACE, { limits });
    const log = dynamicLog(PLACE, 'total {total}', { limits });
    await agent.desire(probe, log);
    await run.takeUntil(
      agent.result(({ uid }) => uid === probe.uid),
      'take 1',
    );

    const attached = await attach();
    agent.results.length = 0;
    expect(await run.tell('take 2')).toBe('took 20');
    await agent.result(({ log: said }) => said?.message === 'total 20');
    const busy = await agent.state(({ uid, dropped }) => uid === probe.uid && dropped.length > 0);
    expect(busy.dropped).toEqual([{ reason: 'RuntimeBusyDebugger', count: expect.any(Number) }]);
    expect(agent.results.some(({ uid }) => uid === probe.uid)).toBe(false);
    expect(attached.seen('Debugger.paused')).toBe(0);

    const { breakpointId } = await attached.ask('Debugger.setBreakpointByUrl', {
      urlRegex: '.*adversarial/fixtures/orders\\.cjs$',
      lineNumber: LINE - 2,
    });
    expect(breakpointId).toBeDefined();
    const answered = run.tell('take 3');
    const { callFrames } = await attached.event('Debugger.paused');
    const [top] = callFrames as unknown as { functionName: string; callFrameId: string }[];
    expect(top?.functionName).toBe('place');
    const { result } = await attached.ask('Debugger.evaluateOnCallFrame', {
      callFrameId: top?.callFrameId,
      expression: 'id',
    });
    expect(result).toMatchObject({ value: 3 });
    await attached.ask('Debugger.stepOver');
    await attached.event('Debugger.paused');
    await attached.ask('Debugger.resume');
    expect(await answered).toBe('took 30');

    // The port stays open: it cannot be known that nobody comes back, so nothing is paused until it is closed.
    await attached.detach();
    person = undefined;
    expect(await run.tell('take 4')).toBe('took 40');
    await agent.result(({ log: said }) => said?.message === 'total 40');
    await agent.state(({ uid, dropped }) => uid === probe.uid && (dropped[0]?.count ?? 0) > 1);
    await run.tell('close');
    agent.results.length = 0;
    await run.application.repeat(
      'take 5',
      agent.result(({ uid }) => uid === probe.uid),
    );
    expect(run.application.errors.replaceAll(/^(Debugger |For help|Waiting).*$/gm, '').trim()).toBe('');
  });

  test('who is there first keeps snapshots out, and has logs beside', async () => {
    await attach();
    const probe = snapshot(PLACE, { limits });
    const log = dynamicLog(PLACE, 'total {total}', { limits });
    const states = await agent.desire(probe, log);
    expect(states.map(({ state, reason }) => `${state} ${reason}`)).toEqual([
      'Failed RuntimeBusyDebugger',
      'Armed Armed',
    ]);
    expect(await run.tell('take 2')).toBe('took 20');
    await agent.result(({ log: said }) => said?.message === 'total 20');
    await person?.detach();
  });

  test('who detaches, or dies, in a pause lets the program go on', async () => {
    await agent.desire(snapshot(PLACE, { limits }));
    const attached = await attach();
    await attached.ask('Debugger.setBreakpointByUrl', {
      urlRegex: '.*adversarial/fixtures/orders\\.cjs$',
      lineNumber: LINE - 1,
    });
    const answered = run.tell('take 3');
    await attached.event('Debugger.paused');
    await attached.detach();
    expect(await answered).toBe('took 30');
    expect(await run.tell('take 4')).toBe('took 40');
  });

  test('a worker that rings does not come between', async () => {
    const attached = await attach();
    await attached.ask('Debugger.pause');
    const answered = run.tell('take 3');
    await attached.event('Debugger.paused');
    // Wished for while the program stands: the answer comes when it goes on.
    agent.wish(dynamicLog(PLACE, 'total {total}', { limits }));
    expect(await attached.ask('Runtime.evaluate', { expression: '6 * 7' })).toMatchObject({ result: { value: 42 } });
    await attached.ask('Debugger.resume');
    await answered;
    await agent.state(({ state }) => state === 'Armed');
    await run.tell('take 4');
    await agent.result(({ log: said }) => said?.message === 'total 40');
    await attached.detach();
  });
});
