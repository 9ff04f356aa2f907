import { beforeAll, describe, expect, it } from 'vitest';
import { apply, conditionOf, get, type Json, kubectl, untilStatus } from './kubectl.ts';
import {
  deployProgram,
  dynamicLog,
  freshNamespace,
  ORDERS_IMAGE,
  type Program,
  podOf,
  RESTRICTED,
  restarts,
} from './workloads.ts';

/** Line 2 is reached ten times a second. */
const TICK = `let ticks = 0;
function tick() { ticks += 1;
  return ticks;
}
setInterval(tick, 100);
`;
const PROBED = { file: 'main.js', line: 3 };

/** Programs that nobody prepared, each odd in a way: entered, or refused with its reason, and never harmed. */
describe('what an agent finds in a running container', () => {
  const namespace = 'e2e-attach-targets';
  beforeAll(() => freshNamespace(namespace));

  /** Starts the program, and probes it. @returns the status once the probe is armed or failed in its pod. */
  async function probed(name: string, program: Partial<Program>, probe: object = {}): Promise<Json> {
    const files = { 'main.js': TICK };
    await deployProgram(namespace, name, { files, inject: false, ...program });
    const before = await podOf(namespace, name);
    await apply(namespace, dynamicLog(name, name, PROBED, 'tick {ticks}', probe));
    const { status } = await untilStatus(namespace, 'dlog', name, 'an answer', ({ pods, conditions }) => {
      const isSettled = conditions?.find((one: Json) => one.type === 'Reconciling')?.status === 'False';
      return isSettled && (pods?.armed === 1 || pods?.failed === 1);
    });
    expect(await podOf(namespace, name)).toBe(before);
    expect(await restarts(namespace, before, 'app')).toBe(0);
    return status;
  }

  const armed = async (name: string, program: Partial<Program>, probe?: object): Promise<Json> => {
    const status = await probed(name, program, probe);
    expect(conditionOf({ status }, 'Armed')).toMatchObject({ status: 'True' });
    const { status: hit } = await untilStatus(namespace, 'dlog', name, 'a line', ({ recent }) => recent?.length > 0);
    return hit;
  };

  const refused = async (name: string, program: Partial<Program>, reason: string): Promise<string> => {
    const status = await probed(name, program);
    expect(conditionOf({ status }, 'Armed')).toMatchObject({ status: 'False', reason });
    return conditionOf({ status }, 'Armed').message;
  };

  const command = (...words: string[]) => ({ container: { command: words } });

  it('a program under a shell, which is process 1, is entered', async () => {
    const { instances } = await armed('under-shell', command('sh', '-c', 'node /code/main.js & wait'));
    expect(instances.find((one: Json) => one.state === 'Armed').processID).not.toBe(1);
  });

  it('a program that another Node.js program starts through a shell, as npm does, is entered', async () => {
    const files = {
      'main.js': TICK,
      'npm.js': `require('node:child_process').spawn('sh', ['-c', 'node /code/main.js'], { stdio: 'inherit' });`,
    };
    await armed('under-npm', { files, ...command('node', '/code/npm.js') });
  });

  it.runIf(process.env.DAVYLAMP_E2E_MUSL)(
    'a program with another libc, in an image without a shell, for a user that only the image names, is entered',
    async () => {
      const image = 'localhost/davylamp-distroless:dev';
      const { instances } = await armed('distroless', { container: { image } });
      expect(instances[0]).toMatchObject({ processID: 1, agent: 'Attached' });
    },
  );

  it.runIf(process.env.DAVYLAMP_E2E_MUSL)('a program that npm starts, under tini, is entered', async () => {
    const container = {
      image: 'localhost/davylamp-npm:dev',
      command: ['tini', '--', 'node', '/opt/npm/bin/npm-cli.js', 'start'],
      workingDir: '/code',
    };
    const env = Object.entries({ HOME: '/tmp', npm_config_update_notifier: 'false' });
    const { instances } = await armed('npm', {
      files: { 'main.js': TICK, 'package.json': '{ "scripts": { "start": "node main.js" } }' },
      container,
      env: env.map(([name, value]) => ({ name, value })),
    });
    const [only] = instances.filter((one: Json) => one.state === 'Armed');
    expect(only.processID).toBeGreaterThan(2);
  });

  it('each of several processes is entered', async () => {
    const files = {
      'main.js': `const cluster = require('node:cluster');
if (cluster.isPrimary) { cluster.fork(); cluster.fork(); } else setInterval(tick, 100);
function tick() { return process.pid;
}`,
    };
    const probe = { location: { function: 'tick' }, message: 'from {process.pid}' };
    await deployProgram(namespace, 'several', { files, inject: false });
    await apply(namespace, dynamicLog('several', 'several', probe.location, 'tick'));
    const { status } = await untilStatus(namespace, 'dlog', 'several', 'both workers', ({ instances }) => {
      return instances?.filter((one: Json) => one.state === 'Armed').length >= 2;
    });
    expect(new Set(status.instances.map((one: Json) => one.processID)).size).toBeGreaterThanOrEqual(2);
  });

  it('a program that changed its user is entered by a second agent, the first of which found out', async () => {
    const { instances } = await armed('other-user', {
      container: {
        command: ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups', 'node', '/code/main.js'],
        securityContext: { runAsUser: 0 },
      },
    });
    expect(instances[0].agentContainerName).toBe('davylamp-2');
    const { spec } = await get(namespace, 'pod', await podOf(namespace, 'other-user'));
    const second = spec.ephemeralContainers.find(({ name }: Json) => name === 'davylamp-2');
    expect(second.securityContext).toMatchObject({
      runAsUser: 1000,
      runAsGroup: 1000,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('a program that is root is entered by an agent that is root', async () => {
    const { instances } = await armed('root', { container: { securityContext: { runAsUser: 0 } } });
    expect(instances[0].agentContainerName).toBe('davylamp-1');
  });

  it('a program that blocks its event loop again and again is entered', async () => {
    const files = {
      'main.js': `let ticks = 0;
function tick() { ticks += 1;
  return ticks;
}
setInterval(() => { tick(); const end = Date.now() + 3000; while (Date.now() < end); }, 3100);`,
    };
    await armed('blocked', { files });
  });

  it('of two containers, the one that the probe names is entered', async () => {
    const other = {
      name: 'other',
      image: ORDERS_IMAGE,
      imagePullPolicy: 'IfNotPresent',
      command: ['sleep', 'infinity'],
    };
    await deployProgram(namespace, 'two', {
      files: { 'main.js': TICK },
      inject: false,
      container: RESTRICTED,
    });
    const patch = { spec: { template: { spec: { containers: [other] } } } };
    await kubectl('patch', 'deployment', 'two', '-n', namespace, '-p', JSON.stringify(patch));
    await kubectl('rollout', 'status', 'deployment/two', '-n', namespace, '--timeout=120s');
    await apply(namespace, dynamicLog('two', 'two', PROBED, 'tick'));
    const { status } = await untilStatus(namespace, 'dlog', 'two', 'refused', ({ pods }) => pods?.failed === 1);
    expect(conditionOf({ status }, 'Armed')).toMatchObject({
      reason: 'AmbiguousContainer',
      message: expect.stringContaining('app, other'),
    });
    const target = { selector: { matchLabels: { app: 'two' } }, containerName: 'app' };
    await apply(namespace, dynamicLog('two', 'two', PROBED, 'tick', { target }));
    await untilStatus(namespace, 'dlog', 'two', 'armed', ({ pods }) => pods?.armed === 1);
  });

  it('of two containers that see each other, only the processes of the one that is meant are entered', async () => {
    const twin = {
      name: 'twin',
      image: ORDERS_IMAGE,
      imagePullPolicy: 'IfNotPresent',
      command: ['node', '/code/main.js'],
      volumeMounts: [{ name: 'code', mountPath: '/code' }],
      ...RESTRICTED,
    };
    await deployProgram(namespace, 'shared', {
      files: { 'main.js': TICK },
      inject: false,
      container: RESTRICTED,
      pod: { shareProcessNamespace: true },
    });
    const patch = { spec: { template: { spec: { containers: [twin] } } } };
    await kubectl('patch', 'deployment', 'shared', '-n', namespace, '-p', JSON.stringify(patch));
    await kubectl('rollout', 'status', 'deployment/shared', '-n', namespace, '--timeout=120s');
    const target = { selector: { matchLabels: { app: 'shared' } }, containerName: 'app' };
    await apply(namespace, dynamicLog('shared', 'shared', PROBED, 'tick', { target }));
    const { status } = await untilStatus(namespace, 'dlog', 'shared', 'armed', ({ pods }) => pods?.armed === 1);
    expect(status.instances.filter((one: Json) => one.state === 'Armed')).toHaveLength(1);
  });

  it('a container without Node.js is told by what runs there', async () => {
    expect(await refused('no-node', command('sleep', 'infinity'), 'NoSupportedRuntime')).toContain('sleep');
  });

  it('a program without the handler of Node.js for SIGUSR1 is left alone', async () => {
    const message = await refused(
      'disabled',
      command('node', '--disable-sigusr1', '/code/main.js'),
      'InspectorUnavailable',
    );
    expect(message).toContain('SIGUSR1');
  });

  it('a program with a handler of its own for SIGUSR1 gets the signal once, however many agents come', async () => {
    const files = { 'main.js': `${TICK}process.on('SIGUSR1', () => console.log('own handler'));` };
    await refused('own-handler', { files }, 'InspectorUnavailable');
    const pod = await podOf(namespace, 'own-handler');
    await kubectl('delete', 'dlog', 'own-handler', '-n', namespace);
    await untilEnded(pod);
    await apply(namespace, dynamicLog('own-handler', 'own-handler', PROBED, 'tick'));
    await untilStatus(namespace, 'dlog', 'own-handler', 'refused again', ({ pods }) => pods?.failed === 1);
    const logs = await kubectl('logs', pod, '-n', namespace, '-c', 'app');
    expect(logs.match(/own handler/g)).toHaveLength(1);
  }, 180_000);

  async function untilEnded(pod: string): Promise<void> {
    await kubectl(
      ...['wait', `pod/${pod}`, '-n', namespace, '--timeout=90s'],
      `--for=jsonpath={.status.ephemeralContainerStatuses[0].state.terminated.exitCode}=0`,
    );
  }

  it('a port that another program has is not connected to', async () => {
    const files = {
      'main.js': `${TICK}require('node:child_process').spawn('perl', ['/code/other.pl'], { stdio: 'inherit' });`,
      'other.pl': `use IO::Socket::INET; $| = 1;
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 9229, Listen => 5) or die;
print "somebody came\\n" while $server->accept;`,
    };
    await refused('taken', { files }, 'InspectorPortTaken');
    expect(await logOf('taken')).not.toContain('somebody');
  });

  it('a program that serves something else on that port itself is asked once', async () => {
    const files = {
      'main.js': `${TICK}require('node:http').createServer((_, answer) => answer.end(console.log('asked'))).listen(9229);`,
    };
    await refused('taken-by-itself', { files }, 'InspectorPortTaken');
    const tries = /not entered: InspectorPortTaken/;
    expect(
      await kubectl('logs', await podOf(namespace, 'taken-by-itself'), '-n', namespace, '-c', 'davylamp-1'),
    ).toMatch(tries);
    expect((await logOf('taken-by-itself')).match(/asked/g)).toHaveLength(1);
  });

  const logOf = async (app: string): Promise<string> =>
    kubectl('logs', await podOf(namespace, app), '-n', namespace, '-c', 'app');

  it('a process that somebody debugs is left alone', async () => {
    const files = {
      'main.js': `${TICK}
if (process.argv[2] === 'debugger') {
  fetch('http://127.0.0.1:9229/json/list').then((answer) => answer.json()).then(([{ webSocketDebuggerUrl: url }]) => {
    globalThis.debugger_ = new WebSocket(url);
  });
} else require('node:child_process').fork(__filename, ['debugger'], { execArgv: [] });`,
    };
    const status = await probed('debugged', { files, ...command('node', '--inspect', '/code/main.js') });
    const ofMain = status.instances.find((one: Json) => one.processID === 1);
    expect(ofMain).toMatchObject({ state: expect.not.stringMatching('Armed'), reason: 'RuntimeBusyDebugger' });
  });

  it('a pod in the network of its node is refused, with what would work', async () => {
    const message = await refused('on-host', { pod: { hostNetwork: true } }, 'NotInjected');
    expect(message).toMatch(/davylamp\.dev\/inject=true.*network of its node/);
    expect((await get(namespace, 'pod', await podOf(namespace, 'on-host'))).spec.ephemeralContainers).toBeUndefined();
  });
});
