import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { injectReview } from '../../src/admission/pods/inject-review.ts';
import { keepRegistered, registerAuthority } from '../../src/admission/register.ts';
import { ADMISSION_PATHS, AdmissionServer } from '../../src/admission/server.ts';
import { Authority } from '../../src/gateway/certificates/authority.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { MUTATING_WEBHOOKS, NAMESPACES, PODS } from '../../src/kube/resource.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';

const NAME = { name: 'davylamp' };
const podSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).optional() }),
  spec: z.object({
    containers: z.array(
      z.object({ env: z.array(z.object({ name: z.string(), value: z.string().optional() })).optional() }),
    ),
    initContainers: z.array(z.object({ name: z.string() })).optional(),
  }),
});
const configurationSchema = z.object({
  metadata: z.object({ managedFields: z.array(z.object({ manager: z.string(), fieldsV1: z.unknown() })) }),
  webhooks: z.array(
    z.object({ clientConfig: z.object({ url: z.string(), caBundle: z.string().optional() }), timeoutSeconds: z.int() }),
  ),
});

let client: KubeClient;
let authority: Authority;
let server: AdmissionServer;
let url: string;
beforeAll(async () => {
  client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  const namespace = await createNamespace(client);
  authority = await Authority.load(client, namespace);
  server = new AdmissionServer({
    reviewers: {
      [ADMISSION_PATHS.injectPod]: (request) =>
        injectReview(request, {
          namespace,
          image: 'localhost/davylamp-agent:dev',
          caPem: authority.caPem,
          gatewayAbsenceSeconds: 600,
        }),
    },
    tls: await authority.issue(['localhost']),
    log: pino({ level: 'silent' }),
    metrics: { admission: () => undefined },
  });
  url = `https://localhost:${await server.listen(0)}/mutate`;
});
afterAll(async () => {
  await client.delete(MUTATING_WEBHOOKS, NAME).catch(() => undefined);
  await server.close();
  await client.close();
});

const webhook = (name: string, selectors: object) => ({
  name,
  clientConfig: { url },
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  failurePolicy: 'Ignore',
  reinvocationPolicy: 'IfNeeded',
  timeoutSeconds: 3,
  rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' }],
  ...selectors,
});

/** As the chart has it, but for the address. */
const configuration = () => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: NAME,
  webhooks: [
    webhook('pod.inject.davylamp.dev', { objectSelector: { matchLabels: { 'davylamp.dev/inject': 'true' } } }),
    webhook('namespace.inject.davylamp.dev', {
      objectSelector: {
        matchExpressions: [{ key: 'davylamp.dev/inject', operator: 'NotIn', values: ['true', 'false'] }],
      },
      namespaceSelector: { matchLabels: { 'davylamp.dev/inject': 'true' } },
    }),
  ],
});

const restricted = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

async function createPod(namespace: string, labels: Record<string, string>) {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'orders-', labels },
    spec: {
      serviceAccountName: 'default',
      containers: [{ name: 'app', image: 'orders', securityContext: restricted }],
    },
  };
  return podSchema.parse(await client.create(PODS, { namespace }, pod, { query: { dryRun: 'All' } }));
}

/** The API server takes a moment to see a changed configuration. */
async function createPodUntilInjected(namespace: string, labels: Record<string, string>) {
  for (;;) {
    const pod = await createPod(namespace, labels);
    if (pod.spec.initContainers !== undefined) return pod;
  }
}

test('without a configuration nothing is registered, and none is made', async () => {
  expect(await registerAuthority(client, authority.caPem)).toBe('Absent');
  await expect(client.get(MUTATING_WEBHOOKS, NAME)).rejects.toMatchObject({ status: 404 });
});

test('the authority is written into every webhook, once, and nothing else is taken over', async () => {
  await client.create(MUTATING_WEBHOOKS, {}, configuration());
  expect(await registerAuthority(client, authority.caPem)).toBe('Patched');
  expect(await registerAuthority(client, authority.caPem)).toBe('Current');
  const { metadata, webhooks } = configurationSchema.parse(await client.get(MUTATING_WEBHOOKS, NAME));
  const caBundle = Buffer.from(authority.caPem).toString('base64');
  expect(webhooks).toEqual(Array(2).fill({ clientConfig: { url, caBundle }, timeoutSeconds: 3 }));
  const owned = metadata.managedFields.find(({ manager }) => manager === 'davylamp-webhook');
  expect(JSON.stringify(owned?.fieldsV1)).not.toContain('timeoutSeconds');
});

test('a configuration that an upgrade wrote anew gets the authority again by itself', async () => {
  await client.delete(MUTATING_WEBHOOKS, NAME);
  await client.create(MUTATING_WEBHOOKS, {}, configuration());
  const stop = new AbortController();
  const patched = new Promise<void>((resolve) => {
    const log = pino({ level: 'info' }, { write: () => resolve() });
    void keepRegistered({ client, caPem: async () => authority.caPem, log, signal: stop.signal });
  });
  await patched;
  stop.abort();
  expect(await registerAuthority(client, authority.caPem)).toBe('Current');
});

test('the API server injects pods that ask, passes them under the restricted standard, and leaves others alone', async () => {
  const namespace = await createNamespace(client);
  const label = (labels: object) => client.mergePatch(NAMESPACES, { name: namespace }, { metadata: { labels } });
  await label({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  const byPod = await createPodUntilInjected(namespace, { 'davylamp.dev/inject': 'true' });
  expect(byPod.spec.initContainers).toEqual([{ name: 'davylamp' }]);
  expect(byPod.spec.containers[0]?.env?.map(({ name }) => name)).toEqual([
    'DAVYLAMP_RUN',
    'DAVYLAMP_CONTAINER',
    'NODE_OPTIONS',
  ]);
  expect(byPod.metadata.annotations).toEqual({
    'davylamp.dev/injection': '{"version":1,"containers":["app"],"created":["app"],"skipped":[]}',
  });
  expect((await createPod(namespace, {})).spec.initContainers).toBeUndefined();
  await label({ 'davylamp.dev/inject': 'true' });
  await createPodUntilInjected(namespace, {});
  expect((await createPod(namespace, { 'davylamp.dev/inject': 'false' })).spec.initContainers).toBeUndefined();
});

test('when the webhook is away, pods are created without the agent', async () => {
  const namespace = await createNamespace(client);
  await server.close();
  expect((await createPod(namespace, { 'davylamp.dev/inject': 'true' })).spec.initContainers).toBeUndefined();
});
