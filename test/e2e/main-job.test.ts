import { beforeAll, describe, expect, it } from 'vitest';
import { apply, conditionOf, eventually, get, kubectl, untilStatus } from './kubectl.ts';
import { deployOrders, example, freshNamespace, logLines, podOf, pods, restarts, snapshot } from './workloads.ts';

describe('the main job on a real cluster', () => {
  const namespace = 'e2e-main-job';

  beforeAll(async () => {
    await freshNamespace(namespace);
    await deployOrders(namespace, 1);
  });

  it('adds the agent as a native sidecar and nothing else to the pod', async () => {
    const [pod] = await pods(namespace, 'orders');
    const sidecar = pod.spec.initContainers.find((container: { name: string }) => container.name === 'davylamp');
    expect(sidecar.restartPolicy).toBe('Always');
    expect(sidecar.securityContext).toMatchObject({
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
    });
    expect(pod.spec.containers).toHaveLength(1);
    const options = pod.spec.containers[0].env.find((entry: { name: string }) => entry.name === 'NODE_OPTIONS');
    expect(options.value).toContain('--require=');
  });

  it('shows the values of a line in status and in the log of the agent after kubectl apply of a DynamicLog', async () => {
    await apply(namespace, example('dynamiclog.yaml'));
    await kubectl('wait', '--for=condition=Armed', 'dlog/large-orders', '-n', namespace, '--timeout=30s');
    const object = await untilStatus(
      namespace,
      'dlog',
      'large-orders',
      'a recent line',
      (status) => status.recent?.length > 0,
    );

    expect(object.status.recent.at(-1).message).toMatch(/^order \d+ costs \d+ \([A-Z].+, discount [\d.]+\)$/);
    expect(object.status.hits).toBeGreaterThan(0);
    expect(object.status.instances[0]).toMatchObject({ state: 'Armed', containerName: 'app', placement: 'Breakpoint' });
    expect(object.status.location).toMatch(/^src\/orders\.ts:50:\d+$/);

    const pod = await podOf(namespace, 'orders');
    const [line] = await eventually('a line in kubectl logs', async () => {
      const lines = await logLines(namespace, pod, 'large-orders');
      return lines.length > 0 && lines;
    });
    expect(line).toMatchObject({ kind: 'DynamicLog', namespace, pod, container: 'app', level: 'Info' });
    expect(line.message).toMatch(/^order \d+ costs/);
  });

  it('answers where, how often and until when in kubectl get', async () => {
    const table = await kubectl('get', 'dlog', '-n', namespace);
    const [head = '', row = ''] = table.split('\n');
    expect(head.split(/\s{2,}/)).toEqual(['NAME', 'ARMED', 'REASON', 'LOCATION', 'PODS', 'HITS', 'UNTIL', 'AGE']);
    expect(row).toMatch(/^large-orders\s+True\s+Armed\s+src\/orders\.ts:50:\d+\s+1\s+\d+\s+20\d\d-/);
  });

  it('lists both kinds under the category davylamp and by their short names', async () => {
    expect(await kubectl('get', 'davylamp', '-n', namespace, '-o', 'name')).toContain(
      'dynamiclog.davylamp.dev/large-orders',
    );
    await kubectl('get', 'dsnap', '-n', namespace);
  });

  it('takes a conditional Snapshot with stack, locals and watches in TypeScript positions, hides the password, and lets the request pass', async () => {
    await apply(namespace, example('snapshot.yaml'));
    const object = await untilStatus(
      namespace,
      'dsnap',
      'discounted-order',
      'a capture',
      (status) => status.captures?.length > 0,
    );
    const [capture] = object.status.captures;

    expect(capture.frames[0].function).toContain('place');
    expect(capture.frames[0].location).toMatch(/^src\/orders\.ts:54:\d+$/);
    expect(capture.frames[1].location).toMatch(/^src\/server\.ts:\d+:\d+$/);
    const locals = Object.fromEntries(
      capture.frames[0].locals.map((local: { name: string; value: string }) => [local.name, local.value]),
    );
    expect(locals.discount).toBe('0.1');
    expect(locals.order).toMatch(/^Order \{id: \d+/);
    expect(locals.order).toContain('password: <redacted>');
    expect(JSON.stringify(object)).not.toMatch(/engine-1843|lamp-1815|moth-1947/);
    expect(capture.watches.map((watch: { name: string }) => watch.name)[0]).toBe('order.total()');
    expect(Number(capture.watches[0].value)).toBeGreaterThan(300);

    expect(object.status.captureCount).toBe(1);
    const pod = await podOf(namespace, 'orders');
    const own = await kubectl('logs', pod, '-n', namespace, '-c', 'app');
    expect(own).not.toMatch(/error|Error/);
    expect(await kubectl('logs', pod, '-n', namespace, '-c', 'davylamp')).not.toMatch(
      /engine-1843|lamp-1815|moth-1947/,
    );
    expect(await restarts(namespace, pod, 'app')).toBe(0);
  });

  it('answers the very HTTP request that a Snapshot stops at', async () => {
    await apply(
      namespace,
      snapshot('curious', 'orders', { function: 'OrderService.place' }, { condition: 'order.id === 424242' }),
    );
    await kubectl('wait', '--for=condition=Armed', 'dsnap/curious', '-n', namespace, '--timeout=30s');
    const pod = await podOf(namespace, 'orders');
    const body = JSON.stringify({
      id: 424242,
      customer: { name: 'x', email: 'x', password: 'hunter2' },
      items: [{ name: 'lamp', price: 7, quantity: 2 }],
    });
    const answer = await kubectl(
      ...['exec', pod, '-n', namespace, '-c', 'app', '--', 'node', '-e'],
      `fetch('http://127.0.0.1:8080/orders',{method:'POST',body:process.argv[1]}).then(async r=>console.log(r.status,await r.text()))`,
      body,
    );
    expect(answer.trim()).toBe('201 {"order":424242,"amount":14,"discount":0}');
    const object = await untilStatus(
      namespace,
      'dsnap',
      'curious',
      'the capture',
      (status) => status.captureCount === 1 && status.captures?.length === 1,
    );
    expect(JSON.stringify(object.status.captures)).not.toContain('hunter2');
    expect(conditionOf(object, 'Armed')).toMatchObject({ status: 'False', reason: 'HitLimitReached' });
  });

  it('writes Events that kubectl describe shows', async () => {
    const events = await eventually('an Armed event', async () => {
      const { items } = await get(namespace, 'events.events.k8s.io');
      const found = items.filter(
        (event: { regarding?: { kind: string }; reason: string }) =>
          event.regarding?.kind === 'DynamicLog' && event.reason === 'Armed',
      );
      return found.length > 0 && found;
    });
    expect(events[0].type).toBe('Normal');
  });

  it('writes nothing to the API at rest', async () => {
    await kubectl('delete', 'dlog,dsnap', '--all', '-n', namespace);
    await apply(namespace, {
      ...(snapshot('never', 'orders', { function: 'OrderService.place' }, { condition: 'order.id === -1' }) as object),
    });
    await untilStatus(namespace, 'dsnap', 'never', 'armed', (status) => status.pods?.armed === 1);
    // Two heartbeats: what is written again and again comes in each of these spans, and what trails behind `Armed` in the first.
    const writesDuring35Seconds = (version: string): Promise<string> =>
      kubectl(
        ...['get', '--raw'],
        `/apis/davylamp.dev/v1alpha1/namespaces/${namespace}/snapshots?watch=true&timeoutSeconds=35&resourceVersion=${version}`,
      );
    const isQuiet = async (): Promise<boolean> => {
      const { metadata } = await get(namespace, 'dsnap', 'never');
      return (await writesDuring35Seconds(metadata.resourceVersion)) === '';
    };
    await eventually('35 s without a write', isQuiet, 120);
  });
});
