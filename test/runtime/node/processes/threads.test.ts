import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Application, NODES } from '../harness/application.ts';
import { untilLastResults } from '../harness/last-results.ts';
import { LocalAgent } from '../harness/local-agent.ts';
import { dynamicLog, isWhole, snapshot } from '../harness/probe.ts';

const PLACE = { file: 'threads/task.cjs', line: 5 };
/** Milliseconds after which a thread begins to look for an agent, see THREAD_MILLISECONDS. */
const SOON = 500;
/** Milliseconds in a pause after which the thread still evaluates an expression that uses all of its time, see PAUSE_MILLISECONDS. */
const EVALUATING = 4;

describe.each(NODES)('worker threads of an application on %s', (node) => {
  let agent: LocalAgent;
  let application: Application;

  beforeEach(async () => {
    agent = await new LocalAgent().listen();
    application = await Application.start('threads/main.cjs', { node, run: agent.directory });
    await application.line((line) => line === 'ready');
    await agent.until(() => agent.processes().length === 1);
  });

  afterEach(async () => {
    await application.stop();
    await agent.close();
  });

  async function startThread(kind = 'plain'): Promise<void> {
    const before = agent.threads().length;
    application.tell(`start: ${kind}`);
    await agent.until(() => agent.threads().length === before + 1);
  }

  const reached = [
    'plain',
    'without arguments',
    'with the environment shared',
    'with an environment of its own',
    'with a small heap',
  ];
  test.each(reached)('a thread started %s is an instance of its own', async (kind) => {
    await startThread(kind);
    const [main, thread] = agent.processes().map(({ process }) => process);
    expect(thread).toMatchObject({ pid: main?.pid, threadID: 1 });
    expect(main?.threadID).toBeUndefined();
    expect(thread?.instanceID).not.toBe(main?.instanceID);
    const log = dynamicLog(PLACE, 'total {total} of {order.id}');
    agent.wish(log);
    await agent.armed(log);
    application.tell('take: 7');
    await agent.until(() => agent.results.length === 1);
    expect(agent.results[0]).toMatchObject({
      result: { log: { message: 'total 70 of 7' }, instanceID: thread?.instanceID },
      process: { threadID: 1 },
    });
  });

  test('a thread without an environment runs as if there were no Davylamp', async () => {
    application.tell('start: without an environment');
    await application.line((line) => line === 'thread 1 runs');
    await startThread();
    expect(agent.threads().map(({ process }) => process.threadID)).toEqual([2]);
  });

  test('a thread without an environment is started for a probe, and threads that begin later are too', async () => {
    application.tell('start: without an environment');
    await application.line((line) => line === 'thread 1 runs');
    const log = dynamicLog(PLACE, 'total {total} of {order.id}');
    agent.wish(log);
    await agent.until(() => agent.threads().length === 1);
    await agent.armed(log);
    application.tell('take: 7');
    await agent.until(() => agent.results.length === 1);
    application.tell('start: without an environment');
    await agent.until(() => agent.threads().length === 2);
  });

  test('threads that begin while others are looked for begin as ever', async () => {
    const log = dynamicLog(PLACE, 'total {total} of {order.id}');
    agent.wish(log);
    await agent.until(() => agent.processes().length === 1 && agent.processes()[0]?.probes.length === 1);
    // Looks come every two seconds: these cover several.
    for (let round = 1; round <= 40; round++) {
      application.tell('start: without an environment');
      await application.line((line) => line === `thread ${round + 1} runs` || line === `thread ${round} runs`);
      application.tell('terminate');
      await application.until(() => application.lines.filter((line) => line.startsWith('ended')).length === round);
    }
    expect(application.errors).toBe('');
    expect(application.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  test('a snapshot pauses its own thread only', async () => {
    await startThread();
    const probe = snapshot(PLACE, { watch: ['order.id + 1'] });
    agent.wish(probe);
    await agent.armed(probe);
    const { result } = await taken('take: 4', () => agent.results.find(({ result }) => isWhole(result)));
    expect(result.capture?.frames[0]).toMatchObject({
      function: 'priceOf',
      locals: expect.arrayContaining([{ name: 'total', value: { type: 'number', text: '40' } }]),
    });
    expect(result.capture?.watches[0]).toMatchObject({ value: { text: '5' } });
  });

  async function taken<T>(command: string, find: () => T | undefined): Promise<T> {
    await application.repeat(
      command,
      agent.until(() => find() !== undefined),
    );
    return find() as T;
  }

  test('threads are armed one by one, and the process waits where the file is not loaded', async () => {
    await startThread();
    await startThread();
    const probe = dynamicLog(PLACE, '{order.id}');
    agent.wish(probe);
    await agent.armed(probe, 2);
    await agent.until(() =>
      agent
        .processes()
        .some(({ process, probes }) => process.threadID === undefined && probes[0]?.reason === 'FileNotLoaded'),
    );
    application.tell('take: 1');
    await agent.until(() => new Set(agent.results.map(({ process }) => process.threadID)).size === 2);
  });

  test('a thread whose loop never turns is reached too, and the main thread is left alone meanwhile', async () => {
    await startThread();
    application.tell('spin: 3');
    const probe = dynamicLog(PLACE, 'order {order.id}');
    agent.wish(probe);
    await agent.until(() => agent.results.length > 0);
    expect(agent.results[0]).toMatchObject({ result: { log: { message: 'order 3' } }, process: { threadID: 1 } });
    application.tell('alive: 5');
    await application.line((line) => line === 'alive 5');
  });

  test('what is reported last arrives when a thread calls process.exit()', async () => {
    const probe = dynamicLog(PLACE, 'last {order.id}');
    const hasArrived = () => agent.results.some(({ result }) => result.log?.message === 'last 9');
    const attempt = async (number: number) => {
      await agent.until(() => agent.threads().length === 0);
      await startThread();
      agent.wish(probe);
      await agent.armed(probe);
      application.tell('leave: 9');
      await application.until(() => application.lines.filter((line) => line === 'ended 3').length === number);
    };
    await untilLastResults(hasArrived, () => agent, attempt);
    await agent.until(() => agent.threads().length === 0);
  });

  test('a thread that is terminated in the middle of its hits takes nothing with it', async () => {
    await startThread();
    const probes = [dynamicLog(PLACE, '{order.id}'), snapshot(PLACE)];
    agent.wish(...probes);
    for (const probe of probes) await agent.armed(probe);
    application.tell('spin: 1');
    await agent.until(() => agent.results.length > 3);
    application.tell('terminate');
    await application.line((line) => line.startsWith('ended'));
    await agent.until(() => agent.threads().length === 0);
    await startThread();
    for (const probe of probes) await agent.armed(probe);
    expect(application.errors).toBe('');
  });

  test('a thread that is terminated while an expression is evaluated in it ends', async () => {
    const probe = snapshot(PLACE, {
      watch: ['order.slowly()'],
      limits: { hitsPerSecond: 20, cpuMillisecondsPerSecond: 1000 },
    });
    for (let round = 1; round <= 5; round++) {
      await startThread();
      agent.wish(probe);
      await agent.armed(probe);
      application.tell(`terminate in a pause: ${EVALUATING}`);
      await application.until(() => application.lines.filter((line) => line === 'terminated').length === round);
      await application.until(() => application.lines.filter((line) => line === 'ended 1').length === round);
      await agent.until(() => agent.threads().length === 0);
    }
    expect(application.errors).toBe('');
  });

  test('threads are rid of every probe when the agent dies', async () => {
    await startThread();
    const probe = dynamicLog(PLACE, '{order.id}');
    agent.wish(probe);
    await agent.armed(probe);
    application.tell('key');
    await application.line((line) => line === 'key true');
    await agent.close();
    const look = async () => {
      application.lines.length = 0;
      application.tell('key');
      return await application.line((line) => line.startsWith('key'));
    };
    await expect.poll(look, { timeout: 60_000 }).toBe('key false');
  });

  test('threads that end soon are never heard of', async () => {
    const soon: number[] = [];
    let number = 0;
    // On a busy machine one may live for longer, and is heard of with good reason.
    while (soon.length < 5) {
      number += 1;
      application.tell('start: plain');
      await application.line((line) => line === `thread ${number} runs`);
      application.tell('terminate');
      const prefix = `thread ${number} lived `;
      const line = await application.line((one) => one.startsWith(prefix));
      if (Number(line.slice(prefix.length)) < SOON) soon.push(number);
    }
    await agent.until(() => agent.threads().length === 0);
    await startThread();
    expect(agent.threads().map(({ process }) => process.threadID)).toEqual([number + 1]);
    expect(soon.filter((id) => agent.threadsHeardOf.has(id))).toEqual([]);
    expect(application.errors).toBe('');
  });
});

/** Arguments of `unshare` for a program that finds no threads in /proc, so that it is never told of new ones. Only root may do this. */
const blind = ['--mount', 'sh', '-c', 'mount -t tmpfs none /proc/$$/task && exec "$@"', 'sh'];
const canBeBlind = spawnSync('unshare', [...blind, 'true']).status === 0;

describe.runIf(canBeBlind).each(NODES)('worker threads that the system does not show yet, on %s', (node) => {
  test('are reached all the same, those that begin later too', async () => {
    const agent = await new LocalAgent().listen();
    const nodeArgs = [...blind, node];
    const application = await Application.start('threads/main.cjs', {
      node: 'unshare',
      nodeArgs,
      run: agent.directory,
    });
    try {
      await application.line((line) => line === 'ready');
      agent.wish(dynamicLog(PLACE, 'total {total} of {order.id}'));
      for (let threads = 1; threads <= 2; threads++) {
        application.tell('start: without an environment');
        await agent.until(() => agent.threads().length === threads);
      }
    } finally {
      await application.stop();
      await agent.close();
    }
  });
});
