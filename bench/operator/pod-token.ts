import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { GATEWAY_AUDIENCE } from '../../src/protocol/gateway-messages.ts';

export interface TokenOwner {
  readonly namespace: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
}

const SECONDS = 6 * 3600;

/** The token that the API server would issue for the agent of a pod, signed with the API server's own key: ten thousand requests less. */
export function podToken(key: string, owner: TokenOwner, pod: { readonly name: string; readonly uid: string }): string {
  const { namespace, serviceAccount } = owner;
  const now = Math.floor(Date.now() / 1000) - 5;
  const claims = {
    aud: [GATEWAY_AUDIENCE],
    exp: now + SECONDS,
    iat: now,
    nbf: now,
    iss: 'https://kubernetes.default.svc',
    jti: randomUUID(),
    sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    'kubernetes.io': { namespace, pod: { name: pod.name, uid: pod.uid }, serviceaccount: serviceAccount },
  };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg: 'ES256' })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(text), { key: createPrivateKey(key), dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
