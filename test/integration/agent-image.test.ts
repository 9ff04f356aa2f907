import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { AGENT_IMAGE_CONFIG_MAP, AgentImage } from '../../src/controllers/injection/agent-image.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { EventRecorder } from '../../src/kube/event-recorder.ts';
import { Informer } from '../../src/kube/informer.ts';
import { CONFIG_MAPS, EVENTS, PODS } from '../../src/kube/resource.ts';
import { type ObservedPod, parsePod } from '../../src/pods/observed-pod.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';

const RUNNING = { ready: true, state: { running: {} } };
const PULLING = { ready: false, state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } } };
const STARTING = { ready: false, state: { waiting: { reason: 'ContainerCreating' } } };

const WAIT = { timeout: 60_000, interval: 20 };

/** Real pods and a real ConfigMap; only the kubelet is played. */
describe('the image that new pods get', () => {
  let client: KubeClient;
  let namespace: string;
  let stopping: AbortController;

  beforeAll(() => {
    client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  });
  afterAll(() => client.close());
  beforeEach(async () => {
    stopping = new AbortController();
    namespace = await createNamespace(client);
    const metadata = { name: AGENT_IMAGE_CONFIG_MAP, namespace };
    await client.create(CONFIG_MAPS, { namespace }, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
  });
  afterEach(() => stopping.abort());

  async function checkPod(image: string, status: object, space = namespace): Promise<string> {
    const { metadata } = z.object({ metadata: z.object({ name: z.string() }) }).parse(
      await client.create(
        PODS,
        { namespace: space },
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { generateName: 'check-', labels: { 'davylamp.dev/agent-check': 'true' } },
          spec: { serviceAccountName: 'default', containers: [{ name: 'supervisor', image }] },
        },
      ),
    );
    await kubeletSays(metadata.name, image, status, space);
    return metadata.name;
  }

  const kubeletSays = (name: string, image: string, status: object, space = namespace) =>
    client.mergePatch(
      PODS,
      { namespace: space, name, subresource: 'status' },
      { status: { containerStatuses: [{ name: 'supervisor', image, imageID: '', restartCount: 0, ...status }] } },
    );

  /** One replica of the operator. */
  async function replica(image: string, leads = true): Promise<AgentImage> {
    const pods = new Informer<ObservedPod>(client, PODS, { parse: parsePod });
    const events = new EventRecorder({ client, reportingController: 'test', reportingInstance: 'test' });
    const log = pino({ level: 'silent' });
    const made = new AgentImage({ image, isChecked: true, namespace, pods, client, events, log });
    pods.start(stopping.signal);
    await pods.synced();
    await made.load();
    if (leads) made.lead(stopping.signal);
    return made;
  }

  const remembered = async (): Promise<unknown> =>
    z
      .object({ data: z.record(z.string(), z.string()).optional() })
      .parse(await client.get(CONFIG_MAPS, { namespace, name: AGENT_IMAGE_CONFIG_MAP })).data?.image;

  it('is none until the image was seen running, and is remembered from then on', async () => {
    const agent = await replica('agent:1');
    expect(agent.current()).toBeUndefined();
    const name = await checkPod('agent:1', STARTING);
    expect(agent.current()).toBeUndefined();
    await kubeletSays(name, 'agent:1', RUNNING);
    await vi.waitFor(() => expect(agent.current()).toBe('agent:1'), WAIT);
    await vi.waitFor(async () => expect(await remembered()).toBe('agent:1'), WAIT);

    await client.delete(PODS, { namespace, name });
    expect((await replica('agent:1', false)).current()).toBe('agent:1');
  });

  it('is the one before while a new one cannot be pulled, which an Event says', async () => {
    await client.mergePatch(CONFIG_MAPS, { namespace, name: AGENT_IMAGE_CONFIG_MAP }, { data: { image: 'agent:1' } });
    const upgraded = await replica('agent:2');
    expect(upgraded.current()).toBe('agent:1');
    await checkPod('agent:2', PULLING);
    await vi.waitFor(async () => {
      const { items } = await client.list(EVENTS, { namespace });
      expect(JSON.stringify(items)).toContain(
        "The agent's image agent:2 does not run: ErrImagePull: no such image. New pods get agent:1 until it does.",
      );
    }, WAIT);
    expect(upgraded.current()).toBe('agent:1');
    expect(upgraded.isCurrent).toBe(false);
  });

  it('is that of a check pod which still runs, where nothing is remembered', async () => {
    await checkPod('agent:1', RUNNING);
    expect((await replica('agent:2')).current()).toBe('agent:1');
  });

  it('is not what a pod of another namespace runs, whatever its labels', async () => {
    const agent = await replica('agent:1');
    const other = await createNamespace(client);
    await checkPod('agent:1', RUNNING, other);
    await checkPod('agent:0', RUNNING);
    await vi.waitFor(() => expect(agent.current()).toBe('agent:0'), WAIT);
    expect(agent.isCurrent).toBe(false);
  });

  it('is remembered by the replica that leads alone, also what was seen before it led', async () => {
    const agent = await replica('agent:1', false);
    await checkPod('agent:1', RUNNING);
    await vi.waitFor(() => expect(agent.isCurrent).toBe(true), WAIT);
    expect(await remembered()).toBeUndefined();
    agent.lead(stopping.signal);
    await vi.waitFor(async () => expect(await remembered()).toBe('agent:1'), WAIT);
  });
});
