import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { findInspector } from '../../src/attach/inspector-client.ts';
import { handlesSignal } from '../../src/attach/process-status.ts';
import { freePort } from '../free-ports.ts';
import { NODES } from '../runtime/node/harness/application.ts';
import { dynamicLog } from '../runtime/node/harness/probe.ts';
import { Entering, fixture, Plain } from './entered.ts';

const ORDERS = fixture('orders.cjs');
const refusal = (reason: string, finding: RegExp) => ({ reason, message: expect.stringMatching(finding) });

async function takesProbe(entering: Entering, plain: Plain, file = 'orders.cjs', line = 7): Promise<void> {
  const probe = dynamicLog({ file, line }, 'order {id}');
  entering.agent.wish(probe);
  await entering.agent.armed(probe);
  if (file === 'orders.cjs') plain.tell('take 7');
  await entering.agent.until(() => entering.agent.results.some(({ result }) => result.log?.message === 'order 7'));
}

describe.each(NODES)('a plain process of %s that is entered', (node) => {
  it('shows a probe, and has its inspector closed again', async () => {
    const port = await freePort();
    const plain = await Plain.node([ORDERS], { node, port });
    const entering = await Entering.begin();

    expect(await entering.enter(plain.pid)).toBeUndefined();
    expect(await findInspector(port)).toBeUndefined();
    expect(await entering.connected(plain.pid)).toMatchObject({ containerName: 'app' });
    await takesProbe(entering, plain);
    plain.tell('url');
    expect(await plain.says('url')).toBe('url undefined');
    expect(entering.signals).toEqual([plain.pid]);

    await entering.agent.close();
    await plain.isRid();
  });

  it('is an ES module', async () => {
    const plain = await Plain.node([fixture('orders.mjs')], { node });
    const entering = await Entering.begin();

    await entering.enter(plain.pid);
    await takesProbe(entering, plain, 'orders.mjs', 4);
  });

  it('waits for another thread at that moment', async () => {
    const plain = await Plain.node([ORDERS], { node });
    const entering = await Entering.begin();
    plain.tell('wait 2000');
    await plain.says('waiting');

    await entering.enter(plain.pid);
    await plain.says('did wait');
    await takesProbe(entering, plain);
  });

  it('keeps its event loop busy at that moment', async () => {
    const plain = await Plain.node([ORDERS], { node });
    const entering = await Entering.begin();
    plain.tell('block 3000');
    await plain.says('blocking');

    await entering.enter(plain.pid);
    // Nothing is loaded in the middle of what runs.
    expect(await plain.says('runtime')).toBe('runtime false');
    await plain.says('did block');
    await takesProbe(entering, plain);
  });

  it('may not make code from strings', async () => {
    const plain = await Plain.node([ORDERS], { node, options: ['--disallow-code-generation-from-strings'] });
    const entering = await Entering.begin();

    await entering.enter(plain.pid);
    await entering.connected(plain.pid);
  });
});

describe('a process that is entered', () => {
  it('has changed its title, and its program was replaced by a newer one', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'deleted-'));
    const node = join(directory, 'node');
    copyFileSync(process.execPath, node);
    const plain = await Plain.node([ORDERS], { node });
    rmSync(directory, { recursive: true });
    plain.tell('title orders');
    await plain.says('did title');
    const entering = await Entering.begin();

    // The title stands where the command line was, and with it the port of the inspector.
    await entering.enter(plain.pid);
    await takesProbe(entering, plain);
    plain.tell('url');
    expect(await plain.says('url')).toBe('url undefined');
  });

  it('has its inspector open, which stays open', async () => {
    const port = await freePort();
    const plain = await Plain.node([ORDERS], { port, options: ['--inspect'] });
    const entering = await Entering.begin();

    expect(await entering.enter(plain.pid)).toBeUndefined();
    expect(entering.signals).toEqual([]);
    expect(await findInspector(port)).toContain(`:${port}/`);
    await entering.connected(plain.pid);
  });

  it('opened its inspector only after the agent that sent the signal had given up', async () => {
    const port = await freePort();
    const plain = await Plain.node([ORDERS], { port });
    plain.tell('stand 8');
    await plain.says('standing');
    const entering = await Entering.begin();
    await expect(entering.enter(plain.pid)).rejects.toMatchObject(refusal('InspectorUnavailable', /native code/));
    await expect.poll(() => findInspector(port)).toContain(`:${port}/`);

    await entering.enter(plain.pid, { isSignalled: true });
    expect(entering.signals).toHaveLength(1);
    await entering.connected(plain.pid);
    expect(await findInspector(port)).toBeUndefined();
  });
});

describe('a process with a large heap', () => {
  it('is not stopped for longer than the limit: the refusal says what would do, and that does', async () => {
    const plain = await Plain.node([ORDERS]);
    plain.tell('grow 500');
    await plain.says('did grow');
    const entering = await Entering.begin();
    await entering.enter(plain.pid);
    const at = { file: 'orders.cjs', line: 7 };
    const probe = dynamicLog(at, 'order {id}', { limits: { maxStallMilliseconds: 100 } });
    entering.agent.wish(probe);
    const state = () => entering.agent.processes()[0]?.probes[0];
    await entering.agent.until(() => state()?.state === 'Failed');

    expect(state()).toMatchObject({ reason: 'StallTooLong', hits: 0 });
    const [, predicted = '', enough = ''] =
      /about (\d+) ms .* is 100; (\d+) would do, or a restart/.exec(state()?.message ?? '') ?? [];
    expect(Number(predicted)).toBeGreaterThan(150);
    expect(Number(enough)).toBeGreaterThan(Number(predicted));
    expect(Number(enough) % 50).toBe(0);

    const wider = dynamicLog(at, 'order {id}', { limits: { maxStallMilliseconds: 10_000 } });
    entering.agent.wish(wider);
    const [armed] = await entering.agent.armed(wider);
    expect(armed?.probes[0]?.cost?.stallMilliseconds).toBeGreaterThan(10);
  });
});

describe('a process that cannot be entered', () => {
  it('has a debugger attached, and can be when that is detached', async () => {
    const port = await freePort();
    const plain = await Plain.node([ORDERS], { port, options: ['--inspect'] });
    const person = new WebSocket((await findInspector(port)) ?? '');
    await once(person, 'open');
    const entering = await Entering.begin();
    await expect(entering.enter(plain.pid)).rejects.toMatchObject(
      refusal('RuntimeBusyDebugger', /a debugger is attached/),
    );

    person.close();
    await once(person, 'close');
    await entering.enter(plain.pid);
    await entering.connected(plain.pid);
  });

  it('finds its port in use by another program, which is not asked anything', async () => {
    let requests = 0;
    const server = createServer(() => {
      requests += 1;
    }).listen(0, '127.0.0.1');
    server.on('connection', () => {
      requests += 1;
    });
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const plain = await Plain.node([ORDERS], { port: (server.address() as AddressInfo).port });
    const entering = await Entering.begin();

    await expect(entering.enter(plain.pid)).rejects.toMatchObject(
      refusal('InspectorPortTaken', new RegExp(`^process ${process.pid} \\(.*\\) listens on port`)),
    );
    expect([requests, entering.signals]).toEqual([0, []]);
    plain.tell('take 1');
    await plain.says('did take');
  });

  it('finds its port in use by the inspector of another process, which is not entered instead', async () => {
    const port = await freePort();
    const other = await Plain.node([ORDERS], { port, options: ['--inspect'] });
    const plain = await Plain.node([ORDERS], { port });
    const entering = await Entering.begin();

    await expect(entering.enter(plain.pid)).rejects.toMatchObject(
      refusal('InspectorPortTaken', new RegExp(`^process ${other.pid} `)),
    );
    expect([entering.signals, entering.agent.processes()]).toEqual([[], []]);
  });

  it('is not Node.js, and would be ended by the signal', async () => {
    const sleep = spawn('sleep', ['30']);
    onTestFinished(() => void sleep.kill());
    await once(sleep, 'spawn');
    const entering = await Entering.begin();

    await expect(entering.enter(sleep.pid ?? 0)).rejects.toMatchObject(refusal('NoSupportedRuntime', /runs sleep/));
    expect(sleep.signalCode).toBeNull();
  });

  it.each([
    ['does not handle the signal', ['--disable-sigusr1'], []],
    ['handles it by itself only', ['--disable-sigusr1'], ['--own-handler']],
  ])('%s, and does not get it', async (_, options, parameters) => {
    const plain = await Plain.node([ORDERS, ...parameters], { options });
    const entering = await Entering.begin();

    await expect(entering.enter(plain.pid)).rejects.toMatchObject(
      refusal('InspectorUnavailable', /does not listen to SIGUSR1/),
    );
    expect(entering.signals).toEqual([]);
    plain.tell('take 1');
    await plain.says('did take');
    expect(plain.lines).not.toContain('signal');
  });

  it('has just been started on a busy machine, and does not handle the signal yet', async () => {
    // Stopped by another signal before it gets so far: the first one that is early enough.
    const port = `--inspect-port=127.0.0.1:${await freePort()}`;
    const started = async () => {
      for (;;) {
        const child = spawn(process.execPath, [port, ORDERS], { stdio: ['pipe', 'ignore', 'inherit'] });
        onTestFinished(() => void child.kill('SIGKILL'));
        await once(child, 'spawn');
        child.kill('SIGSTOP');
        const status = readFileSync(`/proc/${child.pid}/status`, 'latin1');
        const isNode = readlinkSync(`/proc/${child.pid}/exe`) === realpathSync(process.execPath);
        if (isNode && !handlesSignal(status, 10)) return child;
        child.kill('SIGKILL');
      }
    };
    const child = await started();
    const entering = await Entering.begin();
    const entered = entering.enter(child.pid ?? 0);
    // Longer than a process has before it is looked at for the first time.
    setTimeout(() => child.kill('SIGCONT'), 2_000);
    expect(await entered).toBeUndefined();
    expect(entering.signals).toEqual([child.pid]);
  });

  it('has a handler of its own for the signal, and gets it once', async () => {
    const plain = await Plain.node([ORDERS, '--own-handler']);
    const entering = await Entering.begin();
    const want = refusal('InspectorUnavailable', /got SIGUSR1, once, .*a handler of its own.*start it under/);
    await expect(entering.enter(plain.pid)).rejects.toMatchObject(want);
    await expect(entering.enter(plain.pid, { isSignalled: true })).rejects.toMatchObject(want);

    plain.tell('take 1');
    await plain.says('did take');
    expect(plain.lines.filter((line) => line === 'signal')).toHaveLength(1);
  });

  it('has permissions that leave it without an inspector', async () => {
    const plain = await Plain.node([ORDERS], { options: ['--permission', '--allow-fs-read=*'] });
    const entering = await Entering.begin();

    await expect(entering.enter(plain.pid)).rejects.toMatchObject(refusal('PermissionModel', /--permission/));
    plain.tell('take 1');
    await plain.says('did take');
  });

  it('has replaced builtins that the runtime cannot do without, and goes on', async () => {
    const port = await freePort();
    const plain = await Plain.node([fixture('spoiled.cjs')], { port });
    const entering = await Entering.begin();

    await expect(entering.enter(plain.pid)).rejects.toMatchObject(refusal('PlacementFailed', /Error: spoiled/));
    await plain.says('order');
    await expect.poll(() => findInspector(port)).toBeUndefined();
  });

  it('listens on the port for something else', async () => {
    const port = await freePort();
    const code = `require('node:http').createServer((_, answer) => answer.end('hello')).listen(${port}, '127.0.0.1', () => console.log('ready'))`;
    const plain = await Plain.node(['-e', code], { port });
    const entering = await Entering.begin();

    await expect(entering.enter(plain.pid)).rejects.toMatchObject(
      refusal('InspectorPortTaken', /itself listens on port/),
    );
  });

  it('has the runtime of another agent in it', async () => {
    const plain = await Plain.node([ORDERS]);
    const first = await Entering.begin();
    await first.enter(plain.pid);
    await first.connected(plain.pid);
    const second = await Entering.begin();

    await expect(second.enter(plain.pid)).rejects.toMatchObject(refusal('RuntimeBusyDebugger', /another davylamp/));
    await first.agent.close();
    await second.enter(plain.pid);
    await takesProbe(second, plain);
  });
});
