import { beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM } from './install.ts';
import { apply, eventually, get, type Json, kubectl, run, tryKubectl, untilStatus } from './kubectl.ts';
import { attachedState, deployProgram, dynamicLog, freshNamespace, ORDERS_IMAGE, podOf } from './workloads.ts';

const files = { 'main.js': 'let ticks = 0;\nsetInterval(() => {\n  ticks += 1;\n}, 50);\n' };
const PROBED = { file: 'main.js', line: 3 };

/** Dials the gateway with what may be taken for a credential, and says how often it answered what. Its arguments: how often, and more credentials. */
const HOSTILE = `
const https = require('node:https');
const { randomBytes } = require('node:crypto');
const text = (bytes) => randomBytes(bytes).toString('base64url');
const [times, ...given] = process.argv.slice(1);
const kinds = [
  () => undefined, () => text(20), () => 'davylamp-once.' + text(32), () => 'davylamp-once.', () => text(9000),
  () => 'davylamp-session.' + Buffer.from(JSON.stringify({ namespace: 'x', pod: 'y' })).toString('base64url') + '.' + text(32),
  ...given.map((one) => () => one),
];
const answers = {};
const count = (answer) => { answers[answer] = (answers[answer] ?? 0) + 1; };
const dial = (url, token) => new Promise((resolve) => {
  const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Protocol': 'davylamp.v1', ...(token === undefined ? {} : { Authorization: 'Bearer ' + token }) };
  const request = https.request(url, { rejectUnauthorized: false, agent: false, headers, timeout: 30000 });
  const done = (answer) => { count(answer); resolve(); };
  request.on('response', (response) => {
    response.resume();
    if (response.statusCode === 307) resolve(dial(response.headers.location.replace('wss', 'https'), token));
    else done(response.statusCode);
  });
  request.on('upgrade', (_, socket) => { socket.destroy(); done(101); });
  request.on('timeout', () => request.destroy(new Error('timeout'))).on('error', ({ code, message }) => done(code ?? message));
  request.end();
});
const some = async () => { for (let n = 0; n < Number(times) / 20; n += 1) await dial('https://davylamp-gateway.${SYSTEM}.svc:8443/agents', kinds[n % kinds.length]()); };
Promise.all(Array.from({ length: 20 }, some)).then(() => console.log(JSON.stringify(answers)));`;

/** Looks for a session token in the memory of every process that it may read, as a process of the agent's own user can. */
const THIEF = `
const fs = require('node:fs');
const found = new Set();
for (const pid of fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid)) {
  try {
    const memory = fs.openSync('/proc/' + pid + '/mem');
    for (const line of fs.readFileSync('/proc/' + pid + '/maps', 'latin1').split('\\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (from === undefined) continue;
      try {
        const bytes = Buffer.alloc(Number('0x' + to) - Number('0x' + from));
        fs.readSync(memory, bytes, 0, bytes.length, Number('0x' + from));
        for (const [token] of bytes.toString('latin1').matchAll(/davylamp-session\\.[\\w-]{40,}\\.[\\w-]{43}/g)) found.add(token);
      } catch {}
    }
  } catch {}
}
console.log(JSON.stringify([...found]));`;

describe('agents that come into running pods, while others mean harm', () => {
  const mine = 'e2e-attacks-mine';
  const theirs = 'e2e-attacks-theirs';
  let hostile: string;

  const attack = async (times: number, ...credentials: string[]): Promise<Record<string, number>> =>
    JSON.parse(
      await kubectl(
        'exec',
        hostile,
        '-n',
        theirs,
        '-c',
        'app',
        '--',
        'node',
        '-e',
        HOSTILE,
        `${times}`,
        ...credentials,
      ),
    );
  const isArmed = ({ pods, recent }: Json) => pods?.armed === 1 && recent?.length > 0;

  beforeAll(async () => {
    await freshNamespace(mine);
    await freshNamespace(theirs);
    await deployProgram(theirs, 'hostile', { files: { 'main.js': 'setInterval(() => {}, 1000);' }, inject: false });
    hostile = await podOf(theirs, 'hostile');
    await deployProgram(mine, 'served', { files, inject: false });
  });

  it('come in and report while a pod of another namespace dials the gateway with all that it can think of', async () => {
    const pod = await get(theirs, 'pod', hostile);
    const bound = [
      '--bound-object-kind=Pod',
      `--bound-object-name=${hostile}`,
      `--bound-object-uid=${pod.metadata.uid}`,
    ];
    const token = async (...more: string[]) =>
      (await kubectl('create', 'token', 'default', '-n', theirs, ...more)).trim();
    const wrong = [await token(...bound), await token('--audience=gateway.davylamp.dev')];
    const attacks = attack(3_000, ...wrong);
    await apply(mine, dynamicLog('served', 'served', PROBED, 'tick {ticks}'));
    await untilStatus(mine, 'dlog', 'served', 'a line', isArmed);

    const answers = await attacks;
    expect(answers['101']).toBeUndefined();
    expect(Object.keys(answers)).toEqual(expect.arrayContaining(['401', '403']));
    const { status } = await get(mine, 'dlog', 'served');
    expect(isArmed(status)).toBe(true);
  });

  it('have a token that is worth nothing to a thief once they have ended', async () => {
    const served = await podOf(mine, 'served');
    const tokens: string[] = JSON.parse(
      await kubectl('exec', served, '-n', mine, '-c', 'app', '--', 'node', '-e', THIEF),
    );
    expect(tokens.length).toBeGreaterThan(0);
    // As many times as the attack has kinds of credentials, so that each is tried.
    const tries = async () => await attack(20 * (6 + tokens.length), ...tokens);
    expect((await tries())['101']).toBeGreaterThan(0);

    await kubectl('delete', 'dlog', 'served', '-n', mine);
    await eventually('the end of the agent', async () => (await attachedState(mine, served))?.terminated, 90);
    await eventually('the refusal', async () => (await tries())['101'] === undefined, 30);
  });

  it('are not mistaken for a container of another that has their name, which is told nothing', async () => {
    await deployProgram(mine, 'mimicked', { files, inject: false });
    const pod = await podOf(mine, 'mimicked');
    const echo = 'process.stdin.pipe(process.stdout)';
    await kubectl(
      ...['debug', pod, '-n', mine, '-c', 'davylamp-1', `--image=${ORDERS_IMAGE}`, '--stdin', '--attach=false'],
      ...['--target=app', '--', 'node', '-e', echo],
    );
    await eventually('the container of the other', async () => {
      const { status } = await get(mine, 'pod', pod);
      return status.ephemeralContainerStatuses?.[0]?.state?.running;
    });
    await apply(mine, dynamicLog('mimicked', 'mimicked', PROBED, 'tick {ticks}'));
    const { status } = await untilStatus(
      mine,
      'dlog',
      'mimicked',
      'a line, or why there is none',
      (now) => isArmed(now) || now.pods?.failed === 1,
    );
    expect(status.instances?.map((one: Json) => one.agentContainerName)).not.toContain('davylamp-1');
    expect(await kubectl('logs', pod, '-n', mine, '-c', 'davylamp-1')).toBe('');
    expect(isArmed(status), JSON.stringify(status)).toBe(true);
  });

  it('are the way in for who may create probes, and give no other right', async () => {
    await apply(
      mine,
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'probes' },
        rules: [{ apiGroups: ['davylamp.dev'], resources: ['dynamiclogs'], verbs: ['create', 'get', 'patch'] }],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'probes' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'probes' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'carol' }],
      },
    );
    await deployProgram(mine, 'hers', { files, inject: false });
    const { stderr } = await tryKubectl(
      'debug',
      await podOf(mine, 'hers'),
      '-n',
      mine,
      '--as=carol',
      `--image=${ORDERS_IMAGE}`,
    );
    expect(stderr).toContain('forbidden');
    const can = async (...words: string[]) =>
      (await tryKubectl('auth', 'can-i', ...words, '--as=carol', '-n', mine)).stdout.trim();
    expect(await can('patch', 'pods', '--subresource=ephemeralcontainers')).toBe('no');
    expect(await can('create', 'pods', '--subresource=attach')).toBe('no');

    const probe = dynamicLog('hers', 'hers', PROBED, 'tick {ticks}');
    const { code, stderr: refused } = await create(probe, 'carol');
    expect(refused).toBe('');
    expect(code).toBe(0);
    await untilStatus(mine, 'dlog', 'hers', 'a line', isArmed);
  });

  const create = (object: object, user: string) =>
    run('kubectl', ['create', '-n', mine, `--as=${user}`, '-f', '-'], JSON.stringify(object));
});
