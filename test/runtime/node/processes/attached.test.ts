import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runtimeText } from '../../../../src/runtime/node/idle/load-text.ts';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, buildRuntime, NODES } from '../harness/application.ts';
import { dynamicLog } from '../harness/probe.ts';

describe.each(NODES)('a process of %s that the runtime is loaded into while it runs', (node) => {
  let agent: AgentEnd;
  let application: Application;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    const preload = join(await buildRuntime(), 'preload.cjs');
    application = await Application.start('attached.cjs', { node, args: [runtimeText(preload)], preloaded: false });
    await application.line((line) => line === 'ready');
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
  });

  async function look(): Promise<string> {
    application.lines.length = 0;
    application.tell('look');
    return await application.line((line) => line.startsWith('look'));
  }

  async function placed(message: string): Promise<void> {
    await agent.desire(dynamicLog({ file: 'attached.cjs', line: 5 }, message));
    application.tell('take 7');
    await agent.result(({ log }) => log?.message === message.replace('{order.id}', '7'));
  }

  test('is as it was before when the directory is gone, and can be entered again', async () => {
    const before = await look();
    application.tell(`start ${agent.directory}`);
    await agent.hello();
    await placed('first {order.id}');
    expect(await look()).not.toBe(before);

    agent.close();
    await expect.poll(look, { timeout: 60_000, interval: 200 }).toBe(before);

    agent = await new AgentEnd().listen();
    application.tell(`start ${agent.directory}`);
    await agent.hello();
    await placed('second {order.id}');
  });

  test('is as it was before when the agent was killed and has left its directory', async () => {
    const before = await look();
    application.tell(`start ${agent.directory}`);
    await agent.hello();
    await placed('first {order.id}');

    agent.die();
    await expect.poll(look, { timeout: 60_000, interval: 200 }).toBe(before);
  });

  test('is entered only once, whatever agent asks', async () => {
    application.tell(`start ${agent.directory}`);
    await agent.hello();
    const once = await look();
    const other = await new AgentEnd().listen();
    application.tell(`start ${other.directory}`);
    application.tell(`start ${agent.directory}`);
    await placed('first {order.id}');

    expect(other.hellos).toHaveLength(0);
    expect(agent.hellos.length).toBeLessThanOrEqual(2);
    agent.wish();
    await expect.poll(look, { timeout: 60_000, interval: 200 }).toBe(once);
    other.close();
  });

  test('is as it was before when there never was a probe', async () => {
    const before = await look();
    application.tell(`start ${agent.directory}`);
    await agent.hello();
    agent.close();
    await expect.poll(look, { timeout: 60_000, interval: 200 }).toBe(before);
  });
});
