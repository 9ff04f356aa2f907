import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Application, NODES } from '../harness/application.ts';
import { LocalAgent } from '../harness/local-agent.ts';
import { dynamicLog } from '../harness/probe.ts';

const PLACE = { file: 'processes/task.cjs', line: 5 };

describe.each(NODES)('processes that an application starts on %s', (node) => {
  let agent: LocalAgent;
  let application: Application;

  beforeEach(async () => {
    agent = await new LocalAgent().listen();
    application = await Application.start('processes/main.cjs', { node, run: agent.directory });
    await application.line((line) => line === 'ready');
    await agent.until(() => agent.processes().length === 1);
  });

  afterEach(async () => {
    await application.stop();
    await agent.close();
  });

  const reached = [
    'as a worker of cluster',
    'by fork',
    'by fork with arguments for Node.js',
    'by fork with an environment added to',
  ];
  test.each(reached)('a process started %s while a probe is there gets it too', async (kind) => {
    const probe = dynamicLog(PLACE, 'total {total}');
    agent.wish(probe);
    await agent.until(() => agent.processes().some(({ probes }) => probes[0]?.state === 'Waiting'));
    application.tell(`start: ${kind}`);
    const [armed] = await agent.armed(probe);
    application.tell('take: 3');
    await agent.until(() => agent.results.length === 1);
    expect(agent.results[0]).toMatchObject({ result: { log: { message: 'total 30' } }, process: armed?.process });
    expect(armed?.process.pid).not.toBe(application.child.pid);
  });

  test('a process with an environment of its own runs as if there were no Davylamp', async () => {
    application.tell('start: by fork with an environment of its own');
    await application.line((line) => line === 'child runs');
    application.tell('start: by fork');
    await agent.until(() => agent.processes().length === 2);
    const probe = dynamicLog(PLACE, '{order.id}');
    agent.wish(probe);
    await agent.armed(probe);
    application.tell('take: 5');
    await application.line(() => application.lines.filter((line) => line === 'took 50').length === 2);
    await agent.until(() => agent.results.length === 1);
  });

  test('each of several processes has counters of its own', async () => {
    for (let index = 0; index < 3; index += 1) application.tell('start: as a worker of cluster');
    const probe = dynamicLog(PLACE, '{order.id}');
    agent.wish(probe);
    await agent.armed(probe, 3);
    application.tell('take: 1');
    application.tell('take: 2');
    await agent.until(() => agent.results.length === 6);
    expect(new Set(agent.results.map(({ process }) => process.instanceID)).size).toBe(3);
    await agent.until(() => agent.processes().filter(({ probes }) => probes[0]?.hits === 2).length === 3);
  });
});
