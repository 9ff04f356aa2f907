import { beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM } from './install.ts';
import { apply, conditionOf, eventually, get, type Json, kubectl, tryKubectl, untilStatus } from './kubectl.ts';
import { deployProgram, dynamicLog, freshNamespace, pods, restarts, rolledOut } from './workloads.ts';

/** Pods carry the authority's certificate from when they were created: whatever happens to it, they run on and come back. */
describe('the certificate authority', () => {
  const namespace = 'e2e-authority';
  const operator = 'davylamp-operator';
  let pod: string;

  beforeAll(async () => {
    await freshNamespace(namespace);
    const main = 'function work(n) {\n  return n * 2;\n}\nsetInterval(() => work(21), 200);\n';
    await deployProgram(namespace, 'worker', { files: { 'main.js': main } });
    await apply(
      namespace,
      dynamicLog('firing', 'worker', { file: 'main.js', line: 2 }, 'twice {n}', { ttlSeconds: 86_400 }),
    );
    await untilStatus(namespace, 'dlog', 'firing', 'hits', (status) => status.hits > 0);
    pod = (await pods(namespace, 'worker'))[0].metadata.name;
  });

  const secret = (): Promise<Json> => get(SYSTEM, 'secret', 'davylamp-ca');

  async function restartOperator(): Promise<void> {
    await kubectl('rollout', 'restart', `deployment/${operator}`, '-n', SYSTEM);
    await kubectl('rollout', 'status', `deployment/${operator}`, '-n', SYSTEM, '--timeout=120s');
  }

  async function firesOn(armed = 1): Promise<void> {
    const { status } = await get(namespace, 'dlog', 'firing');
    const hits = status.hits;
    await untilStatus(
      namespace,
      'dlog',
      'firing',
      `armed in ${armed}, with more hits`,
      (now) => now.pods?.armed === armed && now.hits > hits + 3,
      90,
    );
    expect(await restarts(namespace, pod, 'app')).toBe(0);
    expect(await restarts(namespace, pod, 'davylamp')).toBe(0);
  }

  it('is rotated under running pods, which trust the next one, as do those that come', async () => {
    const before = await secret();
    await kubectl('annotate', 'secret', 'davylamp-ca', '-n', SYSTEM, 'davylamp.dev/rotate=now');
    await eventually('another authority', async () => {
      const { data, metadata } = await secret();
      return data['tls.crt'] !== before.data['tls.crt'] && metadata.annotations?.['davylamp.dev/rotate'] === undefined;
    });
    await restartOperator();
    await firesOn();
    await kubectl('scale', 'deployment/worker', '-n', namespace, '--replicas=2');
    await rolledOut(namespace, 'worker');
    await firesOn(2);
    await kubectl('scale', 'deployment/worker', '-n', namespace, '--replicas=1');
    await eventually('one pod', async () => (await pods(namespace, 'worker')).length === 1);
    pod = (await pods(namespace, 'worker'))[0].metadata.name;
  });

  it('is back when somebody deletes it', async () => {
    const before = await secret();
    await kubectl('delete', 'secret', 'davylamp-ca', '-n', SYSTEM);
    const after = await eventually('the Secret', async () => {
      const { code, stdout } = await tryKubectl('get', 'secret', 'davylamp-ca', '-n', SYSTEM, '-o', 'json');
      return code === 0 ? JSON.parse(stdout) : undefined;
    });
    expect(after.data).toEqual(before.data);
  });

  it('when it is lost, says so of every pod from before, which come back with the backup', async () => {
    const { apiVersion, kind, type, data } = await secret();
    await kubectl('scale', `deployment/${operator}`, '-n', SYSTEM, '--replicas=0');
    const operators = ['-l', 'app.kubernetes.io/component=operator'];
    await eventually(
      'no operator',
      async () => (await kubectl('get', 'pods', '-n', SYSTEM, ...operators, '-o', 'name')) === '',
    );
    await kubectl('delete', 'secret', 'davylamp-ca', '-n', SYSTEM);
    await kubectl('scale', `deployment/${operator}`, '-n', SYSTEM, '--replicas=2');
    await kubectl('rollout', 'status', `deployment/${operator}`, '-n', SYSTEM, '--timeout=120s');
    const lost = await untilStatus(
      namespace,
      'dlog',
      'firing',
      'the reason',
      (status) => status.instances?.[0]?.reason === 'AgentDistrustsGateway',
    );
    expect(conditionOf(lost, 'Armed')).toMatchObject({ status: 'False', reason: 'AgentDistrustsGateway' });
    // The status comes from what the operator knows; the agent finds out when it dials next, up to ten seconds later.
    await eventually('the same in the log of its agent', async () =>
      /is of another authority than this pod/.test(await kubectl('logs', pod, '-n', namespace, '-c', 'davylamp')),
    );

    await apply(SYSTEM, { apiVersion, kind, type, data, metadata: { name: 'davylamp-ca' } });
    await firesOn();
  });
});
