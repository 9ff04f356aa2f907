import { beforeAll, describe, expect, it } from 'vitest';
import { apply, eventually, get, type Json } from './kubectl.ts';
import { deployProgram, freshNamespace, pods } from './workloads.ts';

describe('injection', () => {
  const namespace = 'e2e-injection';
  const main = { 'main.js': 'setInterval(() => {}, 1000);' };

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

  it('leaves a container alone whose NODE_OPTIONS is a reference, and says so in an Event', async () => {
    await apply(namespace, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'options' },
      data: { node: '--max-old-space-size=99' },
    });
    await deployProgram(namespace, 'referenced', {
      files: main,
      env: [{ name: 'NODE_OPTIONS', valueFrom: { configMapKeyRef: { name: 'options', key: 'node' } } }],
    });
    const [pod] = await pods(namespace, 'referenced');
    expect(pod.spec.containers[0].env).toEqual([
      { name: 'NODE_OPTIONS', valueFrom: { configMapKeyRef: { name: 'options', key: 'node' } } },
    ]);
    const event = await eventually('the Event', async () => {
      const { items } = await get(namespace, 'events.events.k8s.io');
      return items.find(
        (one: Json) => one.reason === 'NodeOptionsNotMerged' && one.regarding?.name === pod.metadata.name,
      );
    });
    expect(event.note).toContain('NODE_OPTIONS');
  });
});
