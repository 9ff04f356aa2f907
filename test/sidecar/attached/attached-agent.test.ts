import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { findInspector } from '../../../src/attach/inspector-client.ts';
import { ageOf, startTimeOf } from '../../../src/attach/process-status.ts';
import { fixture, Plain } from '../../attach/entered.ts';
import { freePort } from '../../free-ports.ts';
import { dynamicLog } from '../../runtime/node/harness/probe.ts';
import { AttachedRun } from './attached-run.ts';

const ORDERS = fixture('orders.cjs');
const orders = () => dynamicLog({ file: 'orders.cjs', line: 7 }, 'order {id}');
const startTime = (pid: number) => startTimeOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));

/** The children of a process, and theirs, as a container has them that started it. */
function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(descendants)];
}

describe('an attached agent', () => {
  it('enters nothing before a probe is desired, brings its results, and leaves nothing when it ends', async () => {
    const plain = await Plain.node([ORDERS]);
    const run = await AttachedRun.start({ pids: () => [plain.pid] });
    const probe = orders();
    run.assign(probe);
    await run.state(probe, plain.pid, { state: 'Armed' });
    plain.tell('take 7');
    await expect.poll(() => run.results.map(({ log }) => log?.message)).toEqual(['order 7']);

    run.agent.end({ reason: 'Terminated', message: 'enough', exitCode: 0 });
    expect(await run.ended).toEqual({ reason: 'Terminated', message: 'enough', exitCode: 0, signalled: [] });
    expect(run.left()).toEqual([]);
    await plain.isRid();
  });

  it('has written down whom it has signaled in vain when it is killed, and nothing of those that it has entered', async () => {
    const own = await Plain.node([ORDERS, '--own-handler']);
    const plain = await Plain.node([ORDERS]);
    const run = await AttachedRun.start({ pids: () => [own.pid, plain.pid] });
    const probe = orders();
    run.assign(probe);
    await run.state(probe, plain.pid, { state: 'Armed' });
    await run.state(probe, own.pid, { state: 'Failed', reason: 'InspectorUnavailable' });
    expect(JSON.parse(run.termination)).toMatchObject({
      reason: 'Killed',
      signalled: [`${own.pid}-${startTime(own.pid)}`],
    });
  });

  describe('after one that was killed while it entered, though no probe is desired', () => {
    /** A process with an inspector that was opened by the signal of the earlier agent. */
    async function leftOpen() {
      const port = await freePort();
      const plain = await Plain.node([ORDERS], { port });
      process.kill(plain.pid, 'SIGUSR1');
      await expect.poll(() => findInspector(port)).toBeDefined();
      // Younger processes are left alone.
      await expect.poll(() => ageOf({ startTime: startTime(plain.pid) })).toBeGreaterThan(1000);
      return { port, plain, key: `${plain.pid}-${startTime(plain.pid)}` };
    }

    it('closes the inspector that it left open', async () => {
      const { port, plain, key } = await leftOpen();
      const run = await AttachedRun.start({ pids: () => [plain.pid], signalled: [key] });
      expect(JSON.parse(run.termination)).toMatchObject({ signalled: [key] });
      await expect.poll(() => findInspector(port)).toBeUndefined();
      run.agent.end({ reason: 'Terminated', message: 'enough', exitCode: 0 });
      await run.ended;
    });

    it('closes it as soon as nobody is connected to it any more', async () => {
      const { port, plain, key } = await leftOpen();
      const person = new WebSocket((await findInspector(port)) ?? '');
      await once(person, 'open');
      const run = await AttachedRun.start({ pids: () => [plain.pid], signalled: [key] });
      await expect.poll(() => run.fleet.pod('pod-1')).toBeDefined();
      expect(await findInspector(port)).toBeDefined();
      person.close();
      await expect.poll(() => findInspector(port)).toBeUndefined();
    });
  });

  it('enters every Node.js process below a shell, also one that comes later, and nothing else', async () => {
    const [first, second] = [await freePort(), await freePort()];
    const start = (port: number) => `${process.execPath} --inspect-port=${port} ${fixture('orders.mjs')} &`;
    const plain = await Plain.start(['sh', '-c', `${start(first)} sleep 60 & read line; ${start(second)} wait`]);
    onTestFinished(() => {
      for (const pid of descendants(plain.pid).slice(1)) process.kill(pid, 'SIGKILL');
    });
    const run = await AttachedRun.start({ pids: () => descendants(plain.pid) });
    const probe = dynamicLog({ file: 'orders.mjs', line: 4 }, 'order {id}');
    run.assign(probe);
    const armed = () => [...run.states(probe).values()].map((state) => state?.state);
    await expect.poll(armed).toEqual(['Armed']);

    plain.tell('go on');
    await expect.poll(armed).toEqual(['Armed', 'Armed']);
    expect([await findInspector(first), await findInspector(second)]).toEqual([undefined, undefined]);
  });

  it('says in the state of the probe why a process cannot be entered, and enters it when it can', async () => {
    const port = await freePort();
    const plain = await Plain.node([ORDERS], { port, options: ['--inspect'] });
    const person = new WebSocket((await findInspector(port)) ?? '');
    await once(person, 'open');
    const run = await AttachedRun.start({ pids: () => [plain.pid] });
    const probe = orders();
    run.assign(probe);
    const state = await run.state(probe, plain.pid, { state: 'Failed', reason: 'RuntimeBusyDebugger' });
    expect(state.message).toBe(`a debugger is attached to process ${plain.pid}`);

    person.close();
    await run.state(probe, plain.pid, { state: 'Armed' });
  });

  it('says what runs in a container without Node.js', async () => {
    const plain = await Plain.start(['sh', '-c', 'echo ready; read line']);
    const run = await AttachedRun.start({ pids: () => [plain.pid] });
    const probe = orders();
    run.assign(probe);

    const { message } = await run.state(probe, plain.pid, { state: 'Failed', reason: 'NoSupportedRuntime' });
    expect(message).toMatch(
      /^no process of the container is Node\.js: process \d+ runs (?:sh|dash|bash|busybox), which/,
    );
  });

  it('tells of a process that got the signal in vain, and does not signal one that an earlier agent told of', async () => {
    const plain = await Plain.node([ORDERS, '--own-handler']);
    const key = `${plain.pid}-${startTime(plain.pid)}`;
    const first = await AttachedRun.start({ pids: () => [plain.pid] });
    const probe = orders();
    first.assign(probe);
    await first.state(probe, plain.pid, { state: 'Failed', reason: 'InspectorUnavailable' });
    first.agent.end({ reason: 'Terminated', message: 'enough', exitCode: 0 });
    expect((await first.ended).signalled).toEqual([key]);

    const second = await AttachedRun.start({ pids: () => [plain.pid], signalled: [key] });
    second.assign(probe);
    await second.state(probe, plain.pid, { state: 'Failed', reason: 'InspectorUnavailable' });
    plain.tell('take 1');
    await plain.says('did take');
    expect(plain.lines.filter((line) => line === 'signal')).toHaveLength(1);
  });

  it('ends when nothing is desired any more, and has taken everything out', async () => {
    const plain = await Plain.node([ORDERS]);
    const run = await AttachedRun.start({ pids: () => [plain.pid], idleMilliseconds: 500 });
    const probe = orders();
    run.assign(probe);
    await run.state(probe, plain.pid, { state: 'Armed' });
    run.withdraw(probe);

    expect(await run.ended).toMatchObject({
      reason: 'NothingDesired',
      message: 'nothing was desired for 0.5 s',
      exitCode: 0,
    });
    await plain.isRid();
    // The next agent enters it again, which needs the signal again.
    const next = await AttachedRun.start({ pids: () => [plain.pid] });
    next.assign(probe);
    await next.state(probe, plain.pid, { state: 'Armed' });
  });

  it('ends when its processes are gone', async () => {
    const run = await AttachedRun.start({ pids: () => [] });
    run.assign(orders());
    expect(await run.ended).toMatchObject({ reason: 'ProcessesGone', exitCode: 0 });
  });

  it('ends with a failure when the gateway does not accept its credential', async () => {
    const run = await AttachedRun.start({ pids: () => [], isAccepted: false });
    const ended = await run.ended;
    expect(ended).toMatchObject({ reason: 'CredentialRefused', exitCode: 1 });
    expect(ended.message).toMatch(/answered 401: the credential was used/);
  });
});
