import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { KubeClient } from '../../src/kube/client.ts';
import { PODS, type Resource } from '../../src/kube/resource.ts';

export const SERVICE_ACCOUNTS: Resource = {
  group: '',
  version: 'v1',
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
};
export const podSchema = z.object({ metadata: z.object({ name: z.string(), uid: z.string() }) });
const tokenSchema = z.object({ status: z.object({ token: z.string() }) });

export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** A service account with a pod; no kubelet ever starts it, which the API server does not mind. */
export async function createPod(client: KubeClient, namespace: string, serviceAccountName: string): Promise<PodRef> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: serviceAccountName } };
  await client.create(SERVICE_ACCOUNTS, { namespace }, account);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'orders-' },
    spec: { serviceAccountName, containers: [{ name: 'app', image: 'orders' }] },
  };
  return { namespace, ...podSchema.parse(await client.create(PODS, { namespace }, pod)).metadata };
}

/** A token as the kubelet would ask for it, for these audiences; bound to the pod, or to nothing. */
export async function requestToken(
  client: KubeClient,
  at: { namespace: string; serviceAccount: string; audience: string; pod?: PodRef },
): Promise<string> {
  const bound = at.pod && { apiVersion: 'v1', kind: 'Pod', name: at.pod.name, uid: at.pod.uid };
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: [at.audience], expirationSeconds: 600, boundObjectRef: bound },
  };
  const ref = { namespace: at.namespace, name: at.serviceAccount, subresource: 'token' };
  return tokenSchema.parse(await client.create(SERVICE_ACCOUNTS, ref, body)).status.token;
}

/** The same token with other times in it, signed with the API server's own key, which lies beside the kubeconfig. */
export function resignToken(
  kubeconfig: string,
  token: string,
  claims: { iat: number; nbf: number; exp: number },
): string {
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg: 'ES256' })}.${encode({ ...payload, ...claims })}`;
  const key = createPrivateKey(readFileSync(join(dirname(kubeconfig), 'service-account.key')));
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
