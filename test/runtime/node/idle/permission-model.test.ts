import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, buildRuntime, NODES } from '../harness/application.ts';
import { dynamicLog } from '../harness/probe.ts';

describe.each(NODES)('a process under the permission model, on %s', (node) => {
  const permission = node.includes('node-20') ? '--experimental-permission' : '--permission';
  // The socket to the agent; older versions do not ask.
  const net = node.includes('node-26') ? ['net'] : [];
  let agent: AgentEnd;
  let application: Application | undefined;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
  });

  afterEach(async () => {
    await application?.stop();
    agent.close();
  });

  async function start(...allowed: string[]): Promise<Application> {
    await buildRuntime();
    const nodeArgs = ['--no-warnings', permission, ...[...allowed, ...net].map((scope) => `--allow-${scope}`)];
    application = await Application.start('orders.cjs', { node, nodeArgs, run: agent.directory });
    await application.line((line) => line === 'ready');
    return application;
  }

  test.each([
    [['fs-read=*', 'worker'], 'without --allow-inspector'],
    [['fs-read=*'], 'without --allow-worker and --allow-inspector'],
  ])('with %s says what is missing, and runs on', async (allowed, wantMissing) => {
    const running = await start(...allowed);
    const [state] = await agent.desire(dynamicLog({ file: 'orders.cjs', line: 37 }, 'x'));
    expect(state).toMatchObject({
      state: 'Failed',
      reason: 'PermissionModel',
      message: expect.stringContaining(wantMissing),
    });
    running.tell('take 3');
    await running.line((line) => line !== 'ready');
    expect(running.errors).toBe('');
  });
});
