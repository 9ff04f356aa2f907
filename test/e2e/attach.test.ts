import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply, conditionOf, eventually, get, type Json, kubectl, untilStatus } from './kubectl.ts';
import {
  attachedState,
  deployProgram,
  dynamicLog,
  freshNamespace,
  logLines,
  ORDERS_IMAGE,
  podOf,
  RESTRICTED,
  RESTRICTED_NAMESPACE,
  restarts,
} from './workloads.ts';

/** A server that tells of itself what would show that something had come into it. */
const SERVER = `
const http = require('node:http');
const fs = require('node:fs');
let served = 0;
function answer(request, response) {
  served += 1;
  const threads = fs.readdirSync('/proc/self/task').length;
  const listening = ['tcp', 'tcp6'].flatMap((name) => fs.readFileSync('/proc/self/net/' + name, 'utf8').split('\\n'))
    .filter((line) => / 0A /.test(line)).length;
  const globals = Reflect.ownKeys(globalThis).length;
  response.end(JSON.stringify({ pid: process.pid, started: fs.readFileSync('/proc/self/stat', 'utf8').split(' ')[21], served, threads, listening, globals }));
}
http.createServer({ keepAliveTimeout: 600000 }, answer).listen(8080);
`;

/** Asks the server all the time over one connection, and says how many connections it took and what failed. */
const LOAD = `
const http = require('node:http');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let sent = 0, answered = 0, last = {}; const sockets = new Set(), bad = [], pids = new Set();
function ask() {
  sent += 1;
  const request = http.get({ host: 'server', port: 8080, agent, timeout: 10000 }, (answer) => {
    let text = '';
    answer.on('data', (chunk) => { text += chunk; }).on('end', () => {
      answered += 1; last = JSON.parse(text); pids.add(last.pid + ' ' + last.started); setTimeout(ask, 5);
    });
  });
  request.on('socket', (socket) => sockets.add(socket)).on('timeout', () => request.destroy(new Error('timeout')));
  request.on('error', (error) => { bad.push(String(error)); setTimeout(ask, 100); });
}
ask();
http.createServer((_, response) => response.end(JSON.stringify({ sent, answered, sockets: sockets.size, pids: [...pids], bad, last }))).listen(9000);`;

describe('a pod that nobody prepared, in a namespace of the restricted Pod Security Standard', () => {
  const namespace = 'e2e-attach';
  let pod: string;
  let before: Json;
  let watch: ChildProcess;
  const readiness: string[] = [];

  async function load(): Promise<Json> {
    const script = `fetch('http://127.0.0.1:9000').then((answer) => answer.text()).then(console.log)`;
    return JSON.parse(await kubectl('exec', 'load', '-n', namespace, '--', 'node', '-e', script));
  }

  beforeAll(async () => {
    await freshNamespace(namespace, RESTRICTED_NAMESPACE);
    await deployProgram(namespace, 'server', { files: { 'main.js': SERVER }, inject: false, container: RESTRICTED });
    pod = await podOf(namespace, 'server');
    await apply(
      namespace,
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'server' },
        spec: { selector: { app: 'server' }, ports: [{ port: 8080 }] },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'load' },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'load',
              image: ORDERS_IMAGE,
              imagePullPolicy: 'IfNotPresent',
              command: ['node', '-e', LOAD],
              ...RESTRICTED,
            },
          ],
        },
      },
    );
    before = await eventually('load', async () => {
      const now = await load();
      return now.answered > 100 && now;
    });
    watch = spawn('kubectl', ['get', 'pod', pod, '-n', namespace, '-w', '-o', 'json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    watch.stdout?.on('data', (chunk) => {
      text += chunk;
      const parts = text.split(/^}\n/m);
      text = parts.pop() ?? '';
      for (const part of parts) {
        const seen: Json = JSON.parse(`${part}}`);
        readiness.push(`${conditionOf(seen, 'Ready')?.status} ${seen.status.phase}`);
      }
    });
  });

  afterAll(() => void watch?.kill());

  it('reports the values of a line after nothing but kubectl apply', async () => {
    await apply(namespace, dynamicLog('served', 'server', { file: 'main.js', line: 7 }, 'served {served}'));
    const { status } = await untilStatus(namespace, 'dlog', 'served', 'a line', ({ recent }) => recent?.length > 0);
    expect(status.recent[0].message).toMatch(/^served \d+$/);
    expect(status.pods).toMatchObject({ matched: 1, armed: 1, attached: 1 });
    expect(status.instances[0]).toMatchObject({
      podName: pod,
      containerName: 'app',
      agent: 'Attached',
      agentContainerName: 'davylamp-1',
      processID: 1,
      state: 'Armed',
    });
    const [line] = await eventually('a line in kubectl logs', async () => {
      const lines = await logLines(namespace, pod, 'served', 'davylamp-1');
      return lines.length > 0 && lines;
    });
    expect(line).toMatchObject({ kind: 'DynamicLog', namespace, pod, container: 'app' });
  });

  it('says so in the pod, and in kubectl get -o wide', async () => {
    const condition = await eventually('the condition of the pod', async () => {
      const found = conditionOf(await get(namespace, 'pod', pod), 'davylamp.dev/Attached');
      return found?.status === 'True' && found;
    });
    expect(condition).toMatchObject({ reason: 'Attached', message: expect.stringContaining('davylamp-1') });
    const [head = '', row = ''] = (await kubectl('get', 'dlog', '-n', namespace, '-o', 'wide')).split('\n');
    expect(row.split(/\s{2,}/)[head.split(/\s{2,}/).indexOf('ATTACHED')]).toBe('1');
  });

  it('has an agent that the restricted standard lets in, and no secret in its spec', async () => {
    const { spec } = await get(namespace, 'pod', pod);
    expect(spec.ephemeralContainers).toHaveLength(1);
    const text = JSON.stringify(spec);
    expect(text).not.toMatch(/davylamp-(once|session)/);
    const logs = await kubectl('logs', pod, '-n', namespace, '-c', 'davylamp-1');
    expect(logs).not.toMatch(/davylamp-(once|session)\.[\w-]{8}/);
  });

  it('is as it was after the end of the probe: no port, no thread, no code, and the agent has ended by itself', async () => {
    await kubectl('delete', 'dlog', 'served', '-n', namespace);
    const state = await eventually(
      'the end of the agent',
      async () => {
        const found = await attachedState(namespace, pod);
        return found?.terminated && found;
      },
      90,
    );
    expect(state.terminated).toMatchObject({ exitCode: 0 });
    const { last } = await eventually('the threads of the runtime have ended', async () => {
      const now = await load();
      return now.last.threads <= before.last.threads && now;
    });
    expect({ ...last, served: 0, threads: 0 }).toEqual({ ...before.last, served: 0, threads: 0 });
    await eventually('the condition of the pod', async () => {
      const found = conditionOf(await get(namespace, 'pod', pod), 'davylamp.dev/Attached');
      return found?.status === 'False' && found.reason === 'AttachEnded';
    });
  });

  it('gets another agent for a later probe', async () => {
    await apply(namespace, dynamicLog('again', 'server', { function: 'answer' }, 'again {served}'));
    const { status } = await untilStatus(namespace, 'dlog', 'again', 'a line', ({ recent }) => recent?.length > 0);
    expect(status.instances[0]).toMatchObject({ agentContainerName: 'davylamp-2' });
  });

  it('was the same process all the time, always ready, and answered every request over the same connection', async () => {
    const now = await load();
    expect(now.bad).toEqual([]);
    expect(now.sockets).toBe(1);
    expect(now.pids).toEqual(before.pids);
    expect(await restarts(namespace, pod, 'app')).toBe(0);
    expect(readiness.length).toBeGreaterThan(2);
    expect([...new Set(readiness)]).toEqual(['True Running']);
  });
});

describe('where agents may not be added to running pods', () => {
  const namespace = 'e2e-attach-off';
  const probe = (app: string) => dynamicLog(app, app, { file: 'main.js', line: 1 }, 'x');
  const files = { 'main.js': 'setInterval(() => {}, 1000);' };

  beforeAll(async () => {
    await freshNamespace(namespace);
    await deployProgram(namespace, 'off', { files, inject: false, labels: { 'davylamp.dev/attach': 'false' } });
  });

  it('the probe says how an agent comes in, and no container is added', async () => {
    await apply(namespace, probe('off'));
    const { status } = await untilStatus(namespace, 'dlog', 'off', 'refused', ({ pods }) => pods?.failed === 1);
    expect(conditionOf({ status }, 'Armed')).toMatchObject({
      reason: 'NotInjected',
      message: expect.stringMatching(/davylamp\.dev\/inject=true.*davylamp\.dev\/attach=false/),
    });
    const { spec } = await get(namespace, 'pod', await podOf(namespace, 'off'));
    expect(spec.ephemeralContainers).toBeUndefined();
  });

  it('a label of the namespace forbids it for all its pods, and taking it away permits it at once', async () => {
    await kubectl('label', 'namespace', namespace, 'davylamp.dev/attach=false');
    await deployProgram(namespace, 'plain', { files, inject: false });
    await apply(namespace, probe('plain'));
    await untilStatus(namespace, 'dlog', 'plain', 'refused', ({ pods }) => pods?.failed === 1);
    await kubectl('label', 'namespace', namespace, 'davylamp.dev/attach-');
    await untilStatus(namespace, 'dlog', 'plain', 'armed', ({ pods }) => pods?.armed === 1);
  });

  it('a right that is missing is named, and granting it arms the probe', async () => {
    const { metadata, ...binding } = await get('default', 'clusterrolebinding', 'davylamp-attach');
    await kubectl('delete', 'clusterrolebinding', 'davylamp-attach');
    try {
      await deployProgram(namespace, 'forbidden', { files, inject: false });
      await apply(namespace, probe('forbidden'));
      const { status } = await untilStatus(namespace, 'dlog', 'forbidden', 'refused', ({ pods }) => pods?.failed === 1);
      expect(conditionOf({ status }, 'Armed')).toMatchObject({
        reason: 'AttachForbidden',
        message: expect.stringContaining('pods/ephemeralcontainers'),
      });
      await kubectl(
        ...['create', 'rolebinding', 'davylamp-attach', '-n', namespace],
        ...['--clusterrole=davylamp-attach', '--serviceaccount=davylamp-system:davylamp-operator'],
      );
      await untilStatus(namespace, 'dlog', 'forbidden', 'armed', ({ pods }) => pods?.armed === 1, 90);
    } finally {
      const { name, labels, annotations } = metadata;
      await apply('default', { ...binding, metadata: { name, labels, annotations } });
    }
  });
});
