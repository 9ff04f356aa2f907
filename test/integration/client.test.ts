import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { probeResource } from '../../src/api/kinds.ts';
import { isAlreadyExists, isConflict, isForbidden, isNotFound, isUnauthorized } from '../../src/kube/api-error.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { NAMESPACES, PODS, SECRETS } from '../../src/kube/resource.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { dynamicLog } from './manifests.ts';
import { createNamespace } from './namespace.ts';

const LOGS = probeResource('DynamicLog');
const objectSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z.int().optional(),
  }),
  spec: z.record(z.string(), z.unknown()).optional(),
  status: z.record(z.string(), z.unknown()).optional(),
});

let client: KubeClient;
let namespace: string;
beforeAll(async () => {
  client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  namespace = await createNamespace(client);
});
afterAll(() => client.close());

const statusBody = (name: string, status: object): object => ({
  apiVersion: 'davylamp.dev/v1alpha1',
  kind: 'DynamicLog',
  metadata: { name },
  status,
});

describe('server-side apply', () => {
  test('creates, changes, and writes nothing when nothing differs', async () => {
    const ref = { namespace, name: 'applied' };
    const apply = async (ttlSeconds: number) =>
      objectSchema.parse(
        await client.apply(LOGS, ref, dynamicLog({ ttlSeconds }, ref.name), { fieldManager: 'gitops' }),
      );
    const created = await apply(60);
    const same = await apply(60);
    const changed = await apply(90);
    expect(same.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
    expect([created.metadata.generation, changed.metadata.generation]).toEqual([1, 2]);
    expect(changed.spec?.ttlSeconds).toBe(90);
  });

  test('refuses the field of another manager, and takes it when forced', async () => {
    const ref = { namespace, name: 'owned' };
    await client.apply(LOGS, ref, dynamicLog({ level: 'Warn' }, ref.name), { fieldManager: 'gitops' });
    const other = (force: boolean) =>
      client.apply(LOGS, ref, dynamicLog({ level: 'Error' }, ref.name), { fieldManager: 'someone', force });
    const refused = await other(false).catch((error: unknown) => error);
    expect(isConflict(refused) && refused.message).toContain('conflict with "gitops": .spec.level');
    expect(objectSchema.parse(await other(true)).spec?.level).toBe('Error');
  });

  test('of status changes only status, leaves the generation, and drops what is no longer applied', async () => {
    const ref = { namespace, name: 'status' };
    await client.create(LOGS, { namespace }, { ...dynamicLog({}, ref.name), status: { hits: 99 } });
    const applyStatus = async (status: object) =>
      objectSchema.parse(
        await client.applyStatus(LOGS, ref, statusBody(ref.name, status), {
          fieldManager: 'davylamp-operator',
          force: true,
        }),
      );
    expect(objectSchema.parse(await client.get(LOGS, ref)).status).toBeUndefined();
    const first = await applyStatus({ hits: 3, location: 'src/orders.ts:42:5' });
    const second = await applyStatus({ hits: 4 });
    expect(first.status).toEqual({ hits: 3, location: 'src/orders.ts:42:5' });
    expect(second).toMatchObject({ status: { hits: 4 }, metadata: { generation: 1 } });
    expect(second.status).not.toHaveProperty('location');
  });

  test('of status to an object that is gone says that it is not found', async () => {
    const ref = { namespace, name: 'gone' };
    const error = await client
      .applyStatus(LOGS, ref, statusBody(ref.name, { hits: 1 }), { fieldManager: 'davylamp-operator', force: true })
      .catch((cause: unknown) => cause);
    expect(isNotFound(error)).toBe(true);
  });
});

describe('requests', () => {
  test('fail with what the API server said', async () => {
    const get = client.get(LOGS, { namespace, name: 'nobody' });
    await expect(get).rejects.toThrow('dynamiclogs.davylamp.dev "nobody" not found');
    await client.create(LOGS, { namespace }, dynamicLog({}, 'twice'));
    const again = await client.create(LOGS, { namespace }, dynamicLog({}, 'twice')).catch((error: unknown) => error);
    expect(isAlreadyExists(again)).toBe(true);
  });

  test('replace only the version that was read', async () => {
    const ref = { namespace, name: 'replaced' };
    const read = objectSchema.parse(await client.create(LOGS, { namespace }, dynamicLog({}, ref.name)));
    await client.replace(LOGS, ref, { ...read, spec: { ...read.spec, ttlSeconds: 60 } });
    const stale = await client.replace(LOGS, ref, read).catch((error: unknown) => error);
    expect(isConflict(stale) && !isAlreadyExists(stale)).toBe(true);
  });

  test('delete only the object with the given UID', async () => {
    const ref = { namespace, name: 'deleted' };
    const { metadata } = objectSchema.parse(await client.create(LOGS, { namespace }, dynamicLog({}, ref.name)));
    const wrong = client.delete(LOGS, ref, { uid: '00000000-0000-0000-0000-000000000000' });
    await expect(wrong).rejects.toSatisfy(isConflict);
    await client.delete(LOGS, ref, { uid: metadata.uid });
    await expect(client.get(LOGS, ref)).rejects.toSatisfy(isNotFound);
  });

  test('patch labels', async () => {
    const labels = { labels: { team: 'shop' } };
    const patched = await client.mergePatch(NAMESPACES, { name: namespace }, { metadata: labels });
    expect(patched).toMatchObject({ metadata: labels });
  });

  test('list more objects than a page holds, each once', async () => {
    const own = await createNamespace(client);
    const names = Array.from({ length: 620 }, (_, index) => `secret-${index}`);
    for (let start = 0; start < names.length; start += 40) {
      await Promise.all(
        names
          .slice(start, start + 40)
          .map((name) =>
            client.create(SECRETS, { namespace: own }, { apiVersion: 'v1', kind: 'Secret', metadata: { name } }),
          ),
      );
    }
    const pages: number[] = [];
    for await (const page of client.pages(SECRETS, { namespace: own })) pages.push(page.items.length);
    expect(pages).toEqual([500, 120]);
    const listed = (await client.list(SECRETS, { namespace: own })).items.map(
      (item) => objectSchema.parse(item).metadata.name,
    );
    expect(listed.sort()).toEqual(names.sort());
    const one = await client.list(SECRETS, { namespace: own, fieldSelector: 'metadata.name=secret-7' });
    expect(one.items).toHaveLength(1);
  });

  test('use the namespace of the context, or default', () => {
    expect(client.defaultNamespace).toBe('default');
  });

  test('with a token that nobody knows are unauthorized', async () => {
    const { readFileSync, writeFileSync } = await import('node:fs');
    const path = `${kubeconfigOfWorker()}-stranger`;
    writeFileSync(path, readFileSync(kubeconfigOfWorker(), 'utf8').replace(/"token":"[^"]+"/, '"token":"stranger"'));
    const stranger = KubeClient.fromDefault({ kubeconfig: path });
    await expect(stranger.list(PODS)).rejects.toSatisfy(isUnauthorized);
    await stranger.close();
  });

  test('impersonate a user with several groups', async () => {
    const impersonate = { user: 'ann', groups: ['a', 'b'] };
    const ann = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker(), impersonate });
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const answer = await ann.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { body: review });
    expect(answer).toMatchObject({
      status: { userInfo: { username: 'ann', groups: ['a', 'b', 'system:authenticated'] } },
    });
    await expect(ann.list(PODS)).rejects.toSatisfy(isForbidden);
    await ann.close();
  });
});
