import { EventEmitter, once } from 'node:events';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isGone } from '../../src/kube/api-error.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { type Change, Informer, type InformerOptions } from '../../src/kube/informer.ts';
import { SECRETS } from '../../src/kube/resource.ts';
import { ApiServer } from './api-server.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import { TcpRelay } from './tcp-relay.ts';

const secretSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
});
type Secret = z.infer<typeof secretSchema>;

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function connect(kubeconfig: string): KubeClient {
  const client = KubeClient.fromDefault({ kubeconfig });
  ends.push(() => client.close());
  return client;
}

/** Begins to observe, and tells what changed in words. */
function observe(client: KubeClient, namespace: string, more: Partial<InformerOptions<Secret>> = {}) {
  const stop = new AbortController();
  ends.push(() => stop.abort());
  const told: string[] = [];
  const errors: Error[] = [];
  const emitter = new EventEmitter();
  const informer = new Informer<Secret>(client, SECRETS, {
    namespace,
    parse: (raw) => secretSchema.parse(raw),
    onError: (error) => {
      errors.push(error);
      emitter.emit('news');
    },
    ...more,
  });
  informer.onChange(({ type, object }: Change<Secret>) => {
    told.push(`${type} ${object.metadata.name} ${object.metadata.labels.v ?? ''}`.trim());
    emitter.emit('news');
  });
  informer.start(stop.signal);
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await once(emitter, 'news', { signal: AbortSignal.timeout(60_000) });
  };
  return { informer, told, errors, until, stop };
}

const secret = (name: string, v?: string): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, ...(v === undefined ? {} : { labels: { v } }) },
});
const create = (client: KubeClient, namespace: string, name: string, v?: string): Promise<unknown> =>
  client.create(SECRETS, { namespace }, secret(name, v));
const label = (client: KubeClient, namespace: string, name: string, v: string): Promise<unknown> =>
  client.mergePatch(SECRETS, { namespace, name }, { metadata: { labels: { v } } });

describe('an informer', () => {
  let client: KubeClient;
  let namespace: string;
  beforeAll(async () => {
    const admin = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
    namespace = await createNamespace(admin);
    await admin.close();
  });

  test('has what is there, then follows each change, and answers by index', async () => {
    client = connect(kubeconfigOfWorker());
    await create(client, namespace, 'a', '1');
    const { informer, told, until } = observe(client, namespace, {
      indexes: { v: (object) => Object.values(object.metadata.labels) },
    });
    expect(informer.isSynced).toBe(false);
    await informer.synced();
    expect(informer.get(namespace, 'a')?.metadata.labels).toEqual({ v: '1' });
    await create(client, namespace, 'b', '1');
    await label(client, namespace, 'a', '2');
    await client.delete(SECRETS, { namespace, name: 'b' });
    await until(() => told.length === 4);
    expect(told).toEqual(['added a 1', 'added b 1', 'modified a 2', 'deleted b 1']);
    expect([informer.by('v', '1'), informer.by('v', '2').map(({ metadata }) => metadata.name)]).toEqual([[], ['a']]);
    const late: string[] = [];
    informer.onChange(({ type, object }) => late.push(`${type} ${object.metadata.name}`));
    expect(late).toEqual(['added a']);
    await client.delete(SECRETS, { namespace, name: 'a' });
  });

  test('goes on where it was when the server ends a watch in time', async () => {
    client = connect(kubeconfigOfWorker());
    const { informer, told, errors, until } = observe(client, namespace, { watchSeconds: 1 });
    await informer.synced();
    await create(client, namespace, 'c', '0');
    const want = ['added c 0'];
    // Changes all the time, so that some fall between two watches, which last 0.5 to 1 s.
    const begin = performance.now();
    for (let v = 1; performance.now() - begin < 2500; v++) {
      await label(client, namespace, 'c', String(v));
      want.push(`modified c ${v}`);
    }
    await until(() => told.length === want.length);
    expect(told).toEqual(want);
    expect(errors).toEqual([]);
    await client.delete(SECRETS, { namespace, name: 'c' });
  });

  test('takes an object that it cannot read for absent, says so, and follows the others', async () => {
    client = connect(kubeconfigOfWorker());
    const bad: string[] = [];
    const { informer, told, until } = observe(client, namespace, {
      parse: (raw) => {
        const object = secretSchema.parse(raw);
        if (object.metadata.labels.v === 'bad') throw new Error(`${object.metadata.name} is bad`);
        return object;
      },
      onBadObject: (error) => bad.push(error.message),
    });
    await informer.synced();
    await create(client, namespace, 'd', '1');
    await label(client, namespace, 'd', 'bad');
    await create(client, namespace, 'e', '1');
    await until(() => told.length === 3);
    expect(told).toEqual(['added d 1', 'deleted d 1', 'added e 1']);
    expect(bad).toEqual(['d is bad']);
    await client.delete(SECRETS, { namespace, name: 'd' });
    await client.delete(SECRETS, { namespace, name: 'e' });
  });

  test('goes on when a listener throws', async () => {
    client = connect(kubeconfigOfWorker());
    const { informer, told, errors, until } = observe(client, namespace);
    informer.onChange(() => {
      throw new Error('listener');
    });
    await informer.synced();
    await create(client, namespace, 'f');
    await until(() => told.length === 1 && errors.length === 1);
    expect(errors.map(({ message }) => message)).toEqual(['listener']);
    await client.delete(SECRETS, { namespace, name: 'f' });
  });

  test('that is stopped before it has listed rejects who waits for it', async () => {
    client = connect(kubeconfigOfWorker());
    const { informer, stop } = observe(client, namespace);
    stop.abort(new Error('stopped'));
    await expect(informer.synced()).rejects.toThrow('stopped');
  });
});

describe('an informer whose server fails', () => {
  test('misses nothing through a cut network, a crash of the server and a resourceVersion that is too old', async () => {
    const api = await ApiServer.start();
    ends.push(() => api.stop());
    const relay = new TcpRelay(api.port);
    const port = await relay.listen();
    ends.push(() => relay.close());
    const direct = connect(api.kubeconfig);
    const namespace = await createNamespace(direct);
    const { informer, told, errors, until } = observe(connect(api.kubeconfigThrough(port)), namespace);
    await informer.synced();
    await create(direct, namespace, 'kept', '1');
    await create(direct, namespace, 'deleted', '1');
    await create(direct, namespace, 'replaced', '1');
    await until(() => told.length === 3);

    relay.cut();
    await label(direct, namespace, 'kept', '2');
    relay.mend();
    await until(() => told.length === 4);
    expect(told.splice(0)).toEqual(['added kept 1', 'added deleted 1', 'added replaced 1', 'modified kept 2']);

    // A server that starts anew knows no versions before its start: 410, so what happened meanwhile is found by a new list.
    relay.cut();
    await label(direct, namespace, 'kept', '3');
    await direct.delete(SECRETS, { namespace, name: 'deleted' });
    await direct.delete(SECRETS, { namespace, name: 'replaced' });
    await create(direct, namespace, 'replaced', '2');
    await create(direct, namespace, 'new', '1');
    await api.kill();
    await api.resume();
    relay.mend();
    await until(() => told.length === 5);
    expect(told).toEqual([
      'deleted deleted 1',
      'modified kept 3',
      'added new 1',
      'deleted replaced 1',
      'added replaced 2',
    ]);
    expect(errors.some(isGone)).toBe(true);

    // And it follows again.
    await label(direct, namespace, 'kept', '4');
    await until(() => told.at(-1) === 'modified kept 4');
  });
});
