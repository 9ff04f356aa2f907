import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isForbidden, isNotFound, isUnreachable } from '../../src/kube/api-error.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import { createPod, type PodRef } from './pod-token.ts';

/** What kube-apiserver itself refuses; there is no node here that could take a text. */
let client: KubeClient;
let pod: PodRef;
beforeAll(async () => {
  client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  pod = await createPod(client, await createNamespace(client), 'orders');
});
afterAll(() => client.close());

const SECRET = 'davylamp-once.geheim';
const sendBy = (by: KubeClient, name: string, container = 'app'): Promise<unknown> =>
  by.sendInput({ namespace: pod.namespace, name, container }, SECRET).catch((error: unknown) => error);

test('a text for a pod or a container that is not there is refused, in the words of the API server', async () => {
  const noPod = await sendBy(client, 'gone');
  expect(isNotFound(noPod) && noPod.message).toBe('pods "gone" not found');
  const wantError = { status: 400, message: expect.stringContaining('container nobody is not valid for pod orders') };
  expect(await sendBy(client, pod.name, 'nobody')).toMatchObject(wantError);
});

test('who may not attach to pods is told so, and the text is in no error', async () => {
  const stranger = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker(), impersonate: { user: 'stranger' } });
  const forbidden = await sendBy(stranger, pod.name);
  await stranger.close();
  expect(isForbidden(forbidden) && forbidden.message).toContain('cannot get resource "pods/attach"');
  expect(String(forbidden) + JSON.stringify(forbidden)).not.toContain('geheim');
});

test('a pod that is on no node yet has nobody who could take a text', async () => {
  expect(await sendBy(client, pod.name)).toMatchObject({ status: 400 });
});

test('an API server that is away is unreachable', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'davylamp-'));
  const kubeconfig = join(directory, 'kubeconfig');
  const text = readFileSync(kubeconfigOfWorker(), 'utf8').replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1');
  writeFileSync(kubeconfig, text, { mode: 0o600 });
  const away = KubeClient.fromDefault({ kubeconfig });
  expect(await sendBy(away, pod.name)).toSatisfy(isUnreachable);
  await away.close();
  rmSync(directory, { recursive: true });
});
