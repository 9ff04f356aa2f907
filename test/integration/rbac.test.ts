import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { probeResource } from '../../src/api/kinds.ts';
import { isForbidden } from '../../src/kube/api-error.ts';
import { KubeClient } from '../../src/kube/client.ts';
import type { Resource } from '../../src/kube/resource.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { dynamicLog, snapshot } from './manifests.ts';
import { createNamespace } from './namespace.ts';

const rbac = (plural: string, kind: string): Resource => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced: true,
});
const ROLES = rbac('roles', 'Role');
const ROLE_BINDINGS = rbac('rolebindings', 'RoleBinding');
const LOGS = probeResource('DynamicLog');
const SNAPSHOTS = probeResource('Snapshot');

let admin: KubeClient;
let ann: KubeClient;
let own: string;
let other: string;

async function grant(namespace: string, user: string, resources: string[], verbs: string[]): Promise<void> {
  const metadata = { name: user, namespace };
  const rules = [{ apiGroups: ['davylamp.dev'], resources, verbs }];
  await admin.create(
    ROLES,
    { namespace },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules },
  );
  await admin.create(
    ROLE_BINDINGS,
    { namespace },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: user },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    },
  );
}

beforeAll(async () => {
  admin = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  ann = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker(), impersonate: { user: 'ann' } });
  [own, other] = [await createNamespace(admin), await createNamespace(admin)];
  await grant(
    own,
    'ann',
    ['dynamiclogs', 'snapshots'],
    ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
  );
  // Rights arrive in the API server's memory a moment after they are written.
  await vi.waitFor(() => ann.list(LOGS, { namespace: own }), { timeout: 60_000 });
  await admin.create(SNAPSHOTS, { namespace: other }, snapshot({}, 'secret'));
});
afterAll(() => Promise.all([admin.close(), ann.close()]));

describe('a user with rights in one namespace', () => {
  test('creates, reads, follows and deletes probes there', async () => {
    const ref = { namespace: own, name: 'hers' };
    await ann.create(LOGS, { namespace: own }, dynamicLog({}, ref.name));
    expect(await ann.get(LOGS, ref)).toMatchObject({ kind: 'DynamicLog' });
    for await (const { type } of ann.watchStream(LOGS, { namespace: own, timeoutSeconds: 5 })) {
      expect(type).toBe('ADDED');
      break;
    }
    await ann.delete(LOGS, ref);
  });

  test('can neither create nor read probes in another', async () => {
    const attempts = {
      create: () => ann.create(LOGS, { namespace: other }, dynamicLog()),
      apply: () => ann.apply(SNAPSHOTS, { namespace: other, name: 'snap' }, snapshot(), { fieldManager: 'ann' }),
      get: () => ann.get(SNAPSHOTS, { namespace: other, name: 'secret' }),
      list: () => ann.list(SNAPSHOTS, { namespace: other }),
      'list all': () => ann.list(SNAPSHOTS),
      watch: () => ann.watchStream(SNAPSHOTS, { namespace: other, timeoutSeconds: 5 }).next(),
      patch: () => ann.mergePatch(SNAPSHOTS, { namespace: other, name: 'secret' }, { spec: { ttlSeconds: 60 } }),
      delete: () => ann.delete(SNAPSHOTS, { namespace: other, name: 'secret' }),
    };
    for (const [what, attempt] of Object.entries(attempts)) {
      const error: unknown = await attempt().then(
        () => undefined,
        (cause: unknown) => cause,
      );
      expect(isForbidden(error), what).toBe(true);
    }
    expect((await admin.list(LOGS, { namespace: other })).items).toEqual([]);
  });

  test('cannot write status, which is the word of the operator', async () => {
    await ann.create(LOGS, { namespace: own }, dynamicLog({}, 'forged'));
    const status = {
      apiVersion: 'davylamp.dev/v1alpha1',
      kind: 'DynamicLog',
      metadata: { name: 'forged' },
      status: { hits: 5 },
    };
    const forged = ann.applyStatus(LOGS, { namespace: own, name: 'forged' }, status, { fieldManager: 'ann' });
    await expect(forged).rejects.toSatisfy(isForbidden);
  });
});
