import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { dynamicLog } from '../harness/probe.ts';

describe.each(NODES)('locations on %s', (node) => {
  let agent: AgentEnd;
  let application: Application;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    application = await Application.start('orders.cjs', { node, run: agent.directory });
    await application.line((line) => line === 'ready');
    await agent.hello();
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
  });

  test('a line without code is refused with the nearest one that has some', async () => {
    const [state] = await agent.desire(dynamicLog({ file: 'orders.cjs', line: 36 }, 'x'));
    expect(state).toMatchObject({ state: 'Failed', reason: 'LineNotExecutable' });
    expect(state?.message).toBe('no code starts on line 36 of orders.cjs; the nearest line with code is 37');
  });

  test('a line after the end of the file is refused', async () => {
    const [state] = await agent.desire(dynamicLog({ file: 'orders.cjs', line: 5000 }, 'x'));
    expect(state).toMatchObject({ state: 'Failed', reason: 'LineNotExecutable' });
  });

  test('a file that is not loaded waits, with similar paths', async () => {
    const [state] = await agent.desire(dynamicLog({ file: 'src/ordrs.cjs', line: 3 }, 'x'));
    expect(state).toMatchObject({ state: 'Waiting', reason: 'FileNotLoaded' });
    expect(state?.message).toContain('similar: orders.cjs');
  });

  test('a file that loads later is armed by itself', async () => {
    const [state] = await agent.desire(dynamicLog({ file: 'later.cjs', line: 4 }, 'doubled {doubled}'));
    expect(state).toMatchObject({ state: 'Waiting', reason: 'FileNotLoaded' });
    application.tell('load 1');
    await agent.state((armed) => armed.state === 'Armed' && armed.location?.startsWith('later.cjs:4:') === true);
    application.tell('load 21');
    expect((await agent.result()).log?.message).toBe('doubled 42');
  });

  test('a function that does not exist waits, with similar names', async () => {
    const [state] = await agent.desire(dynamicLog({ function: 'OrderService.plac' }, 'x'));
    expect(state).toMatchObject({ state: 'Waiting', reason: 'FunctionNotFound' });
    expect(state?.message).toContain('OrderService.place');
  });

  test('a function is entered before its first statement', async () => {
    const [state] = await agent.desire(dynamicLog({ function: 'OrderService#place' }, 'order {order.id}'));
    expect(state).toMatchObject({ state: 'Armed', location: expect.stringMatching(/^orders\.cjs:33:/) });
    application.tell('take 9');
    expect((await agent.result()).log?.message).toBe('order 9');
  });

  test('a file of a ConfigMap has the path of its mount', async () => {
    const mount = join(realpathSync(mkdtempSync(join(tmpdir(), 'davylamp-mount-'))), 'code');
    const version = join(mount, '..2026_11_21_04_37_00.123456');
    mkdirSync(version, { recursive: true });
    copyFileSync(fileURLToPath(new URL('../fixtures/orders.cjs', import.meta.url)), join(version, 'orders.cjs'));
    symlinkSync('..2026_11_21_04_37_00.123456', join(mount, '..data'));
    symlinkSync('..data/orders.cjs', join(mount, 'orders.cjs'));
    const mounted = await Application.start(join(mount, 'orders.cjs'), { node, run: agent.directory });
    try {
      await mounted.line((line) => line === 'ready');
      await agent.until(() => agent.hellos.length > 1);
      const [state] = await agent.desire(dynamicLog({ file: 'code/orders.cjs', line: 37 }, 'order {order.id}'));
      expect(state).toMatchObject({ state: 'Armed', location: `${mount}/orders.cjs:37:5` });
      mounted.tell('take 3');
      expect((await agent.result()).log?.message).toBe('order 3');
    } finally {
      await mounted.stop();
      rmSync(mount, { recursive: true, force: true });
    }
  });

  test('a prediction above the allowed stall refuses the probe and says both figures', async () => {
    await application.stop();
    const env = { DAVYLAMP_DEBUGGER: 'OnDemand' };
    application = await Application.start('orders.cjs', { node, run: agent.directory, env });
    await agent.until(() => agent.hellos.length > 1);
    const [state] = await agent.desire(
      dynamicLog({ file: 'orders.cjs', line: 37 }, 'x', { limits: { maxStallMilliseconds: 1 } }),
    );
    expect(state).toMatchObject({ state: 'Failed', reason: 'StallTooLong' });
    expect(state?.message).toMatch(/about \d+ ms .* is 1\b/);
  });
});
