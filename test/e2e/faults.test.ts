import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM } from './install.ts';
import { apply, eventually, get, type Json, kubectl, shell, untilStatus } from './kubectl.ts';
import { deployOrders, dynamicLog, freshNamespace, logLines, podOf, restarts } from './workloads.ts';

/** kill -9 of each part while a probe fires: the application serves on, and the probe comes back. */
describe('when parts die', () => {
  const namespace = 'e2e-faults';
  const place = { function: 'OrderService.place' };

  beforeAll(async () => {
    await freshNamespace(namespace);
    await deployOrders(namespace, 1);
    await apply(namespace, dynamicLog('firing', 'orders', place, 'order {order.id}'));
    await untilStatus(namespace, 'dlog', 'firing', 'hits', (status) => status.hits > 0);
  });

  async function killContainer(space: string, pod: string, container: string): Promise<void> {
    const { status } = await get(space, 'pod', pod);
    const all: Json[] = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
    const id = all.find((one) => one.name === container).containerID.replace(/^.*:\/\//, '');
    const before = await restarts(space, pod, container);
    const { code, stderr } = await shell(
      `${process.env.DAVYLAMP_E2E_KILL ?? 'docker exec kind-control-plane ctr -n k8s.io tasks kill --signal SIGKILL'} ${id}`,
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    await eventually(`${container} restarted`, async () => (await restarts(space, pod, container)) > before);
  }

  /** Sends an order every 50 ms from inside the pod while `fault` happens, and returns every answer that was not 201. */
  async function servingDuring(fault: () => Promise<void>): Promise<string[]> {
    const pod = await podOf(namespace, 'orders');
    const script = `
      const body = JSON.stringify({ id: 1, customer: { name: 'a', email: 'b', password: 'c' }, items: [] });
      let sent = 0; const bad = [];
      const timer = setInterval(async () => {
        sent += 1;
        await fetch('http://127.0.0.1:8080/orders', { method: 'POST', body, signal: AbortSignal.timeout(5000) })
          .then((answer) => { if (answer.status !== 201) bad.push(String(answer.status)); }, (error) => bad.push(String(error)));
      }, 50);
      const finish = () => {
        // A fault that is over at once is followed by what comes after it.
        if (sent < 20) return setTimeout(finish, 50);
        clearInterval(timer);
        setTimeout(() => console.log(JSON.stringify({ sent, bad })), 500);
      };
      process.stdin.resume().on('end', finish);`;
    const client = spawn('kubectl', ['exec', '-i', pod, '-n', namespace, '-c', 'app', '--', 'node', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
      // The exec stream goes through the API server, which one of the tests kills: those tests read the service's own log instead.
    });
    let out = '';
    client.stdout.on('data', (chunk) => {
      out += chunk;
    });
    await fault();
    client.stdin.end();
    await once(client, 'close');
    const { sent, bad } = JSON.parse(out);
    expect(sent).toBeGreaterThanOrEqual(20);
    return bad;
  }

  async function firesAgain(): Promise<Json> {
    const { status } = await get(namespace, 'dlog', 'firing');
    return untilStatus(
      namespace,
      'dlog',
      'firing',
      'more hits, armed',
      (now) => now.pods?.armed === 1 && now.hits > status.hits + 3,
      90,
    );
  }

  async function leader(): Promise<string> {
    const lease = await get(SYSTEM, 'lease', 'davylamp-operator');
    return lease.spec.holderIdentity.split('_')[0];
  }

  it('serves on when the agent is killed, and the probe comes back with its count', async () => {
    const pod = await podOf(namespace, 'orders');
    const before = (await get(namespace, 'dlog', 'firing')).status.hits;
    expect(await servingDuring(() => killContainer(namespace, pod, 'davylamp'))).toEqual([]);
    const { status } = await firesAgain();
    expect(status.hits).toBeGreaterThan(before);
    expect(await restarts(namespace, pod, 'app')).toBe(0);
  });

  it('serves on when the leading operator is killed; another takes over, and no result is counted twice', async () => {
    expect(await servingDuring(async () => killContainer(SYSTEM, await leader(), 'operator'))).toEqual([]);
    const object = await firesAgain();
    const live = object.status.instances.reduce((sum: number, one: { hits?: number }) => sum + (one.hits ?? 0), 0);
    expect(object.status.hits).toBe(live + (object.status.retiredHits ?? 0));
    expect(await restarts(namespace, await podOf(namespace, 'orders'), 'app')).toBe(0);
  });

  it('serves on when the API server restarts, and the probe reports afterwards', async () => {
    const pod = await podOf(namespace, 'orders');
    const restart =
      process.env.DAVYLAMP_E2E_RESTART_APISERVER ?? 'docker exec kind-control-plane pkill -9 kube-apiserver';
    const { code } = await shell(restart);
    expect(code).toBe(0);
    await eventually('the API server answers', async () => (await kubectl('get', '--raw', '/readyz')) === 'ok', 120);
    await firesAgain();
    expect(await restarts(namespace, pod, 'app')).toBe(0);
    expect(await kubectl('logs', pod, '-n', namespace, '-c', 'app')).not.toMatch(/error/i);
  });

  it('forgets a probe that was deleted while the operator was away', async () => {
    await apply(namespace, dynamicLog('orphan', 'orders', place, 'orphan {order.id}'));
    await untilStatus(namespace, 'dlog', 'orphan', 'hits', (status) => status.hits > 0);
    const pod = await podOf(namespace, 'orders');
    await kubectl('scale', 'deployment/davylamp-operator', '-n', SYSTEM, '--replicas=0');
    await eventually(
      'no operator',
      async () =>
        (await kubectl('get', 'pods', '-n', SYSTEM, '-l', 'app.kubernetes.io/name=davylamp', '-o', 'name')) === '',
    );
    await kubectl('delete', 'dlog', 'orphan', '-n', namespace);
    await kubectl('scale', 'deployment/davylamp-operator', '-n', SYSTEM, '--replicas=2');
    await kubectl('rollout', 'status', 'deployment/davylamp-operator', '-n', SYSTEM, '--timeout=120s');
    const lines = async () => (await logLines(namespace, pod, 'orphan')).length;
    // The agent tells of hits as soon as it is connected again, and hears a moment later what is desired now.
    await eventually('silence of the orphan while the other probe fires', async () => {
      const before = await lines();
      await firesAgain();
      return (await lines()) === before;
    });
  });
});
