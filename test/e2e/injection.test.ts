import { beforeAll, describe, expect, it } from 'vitest';
import { apply, eventually, get, type Json, kubectl, untilStatus } from './kubectl.ts';
import { deployProgram, dynamicLog, freshNamespace, pods } from './workloads.ts';

describe('injection', () => {
  const namespace = 'e2e-injection';
  const main = { 'main.js': 'setInterval(() => {}, 1000);' };
  const looping = {
    'main.js': 'function tick(n) { return n + 1; }\nlet n = 0; setInterval(() => { n = tick(n); }, 100);',
  };

  beforeAll(() =>
    freshNamespace(namespace, { 'davylamp.dev/inject': 'true', 'pod-security.kubernetes.io/warn': 'restricted' }),
  );

  const sidecarOf = (pod: Json): Json =>
    pod.spec.initContainers?.find((container: Json) => container.name === 'davylamp');

  it('follows the label of the namespace', async () => {
    await deployProgram(namespace, 'by-namespace', { files: main, inject: false });
    const [pod] = await pods(namespace, 'by-namespace');
    expect(sidecarOf(pod)).toBeDefined();
  });

  it('appends to NODE_OPTIONS that the application already has', async () => {
    await deployProgram(namespace, 'appended', {
      files: main,
      env: [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=99' }],
    });
    const [pod] = await pods(namespace, 'appended');
    const { value } = pod.spec.containers[0].env.find((entry: Json) => entry.name === 'NODE_OPTIONS');
    expect(value).toMatch(/^--max-old-space-size=99 --require=/);
  });

  /** What became of NODE_OPTIONS in the program itself. */
  const optionsOf = async (pod: Json): Promise<string> =>
    (await kubectl('exec', pod.metadata.name, '-n', namespace, '-c', 'app', '--', 'printenv', 'NODE_OPTIONS')).trim();

  const eventOn = (pod: Json, reason: string): Promise<Json> =>
    eventually(`Event ${reason}`, async () => {
      const { items } = await get(namespace, 'events.events.k8s.io');
      return items.find((one: Json) => one.reason === reason && one.regarding?.name === pod.metadata.name);
    });

  const options = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'options' },
    data: { node: '--max-old-space-size=99 --title="a shop"', NODE_OPTIONS: '--max-old-space-size=99' },
  };

  it('puts a value that is a reference in front, and says in an Event what was done', async () => {
    await apply(namespace, options);
    await deployProgram(namespace, 'referenced', {
      files: main,
      env: [{ name: 'NODE_OPTIONS', valueFrom: { configMapKeyRef: { name: 'options', key: 'node' } } }],
    });
    const [pod] = await pods(namespace, 'referenced');
    expect(await optionsOf(pod)).toBe(`${options.data.node} --require=/run/davylamp/runtime/preload.cjs`);
    expect((await eventOn(pod, 'Injected')).note).toContain('In app it follows the value that was there.');
  });

  it('leaves a container alone whose NODE_OPTIONS may come from envFrom, and says so in an Event', async () => {
    await apply(namespace, options);
    await deployProgram(namespace, 'from-all', { files: main, envFrom: [{ configMapRef: { name: 'options' } }] });
    const [pod] = await pods(namespace, 'from-all');
    expect(sidecarOf(pod)).toBeUndefined();
    expect(await optionsOf(pod)).toBe('--max-old-space-size=99');
    expect((await eventOn(pod, 'NodeOptionsNotMerged')).note).toContain('envFrom');
  });

  it('leaves a container alone of whose image the namespace says that it has options of its own', async () => {
    await kubectl('annotate', 'namespace', namespace, 'davylamp.dev/image-node-options=true');
    try {
      // The operator hears of the annotation a moment later.
      const pod = await eventually('a pod that is left alone', async () => {
        await kubectl('delete', 'deployment', 'in-image', '-n', namespace, '--ignore-not-found', '--wait=true');
        await deployProgram(namespace, 'in-image', { files: main });
        const [found] = await pods(namespace, 'in-image');
        return sidecarOf(found) === undefined && found;
      });
      expect((await eventOn(pod, 'NodeOptionsInImage')).note).toContain("Repeat the image's value");
    } finally {
      await kubectl('annotate', 'namespace', namespace, 'davylamp.dev/image-node-options-');
    }
  });

  it('reaches a pod of the host network, to which the names of the cluster mean nothing', async () => {
    await deployProgram(namespace, 'on-host', { files: looping, pod: { hostNetwork: true } });
    await apply(namespace, dynamicLog('on-host', 'on-host', { file: 'main.js', line: 1 }, 'n {n}'));
    await untilStatus(namespace, 'dlog', 'on-host', 'hits', (status) => status.hits > 0);
  });

  it('says of a pod in an excluded namespace that it is excluded', async () => {
    await deployProgram('kube-public', 'excluded', { files: looping });
    try {
      await apply('kube-public', dynamicLog('excluded', 'excluded', { file: 'main.js', line: 1 }, 'n {n}'));
      const { status } = await untilStatus(
        'kube-public',
        'dlog',
        'excluded',
        'the reason',
        (now) => now.pods?.failed > 0,
      );
      expect(status.instances[0]).toMatchObject({ state: 'Failed', reason: 'NamespaceExcluded' });
    } finally {
      await kubectl('delete', 'deployment,configmap,dlog', 'excluded', '-n', 'kube-public', '--ignore-not-found');
    }
  });
});
