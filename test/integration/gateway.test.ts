import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Authenticator } from '../../src/gateway/agents/authenticate.ts';
import { UnionAuthenticator } from '../../src/gateway/agents/union-authenticator.ts';
import { Authority, AuthorityUnusable } from '../../src/gateway/certificates/authority.ts';
import { servingNames } from '../../src/gateway/certificates/serving-certificate.ts';
import { OneTimeCredentials } from '../../src/gateway/enrollment/one-time-credentials.ts';
import { SESSION_KEY_PURPOSE, SessionTokens } from '../../src/gateway/enrollment/session-tokens.ts';
import { Fleet } from '../../src/gateway/fleet/fleet.ts';
import { GatewayServer } from '../../src/gateway/server.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { PODS, SECRETS } from '../../src/kube/resource.ts';
import { GATEWAY_AUDIENCE } from '../../src/protocol/gateway-messages.ts';
import { AgentClient, dialRefused } from '../gateway/agent-client.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import { createPod, type PodRef, requestToken, resignToken } from './pod-token.ts';

let client: KubeClient;
let namespace: string;
let pod: PodRef;
let token: string;
beforeAll(async () => {
  client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  namespace = await createNamespace(client);
  pod = await createPod(client, namespace, 'orders');
  token = await requestToken(client, { namespace, serviceAccount: 'orders', audience: GATEWAY_AUDIENCE, pod });
});
afterAll(() => client.close());

test('replicas that start at once end up with one authority, and so does one that comes later', async () => {
  const home = await createNamespace(client);
  const race = await Promise.all(Array.from({ length: 5 }, () => Authority.load(client, home)));
  const later = await Authority.load(client, home);
  expect(new Set([...race, later].map(({ caPem }) => caPem)).size).toBe(1);
});

test('a Secret that holds something else is refused and left as it is', async () => {
  const home = await createNamespace(client);
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'davylamp-ca' },
    stringData: { 'tls.crt': 'x' },
  };
  const before = await client.create(SECRETS, { namespace: home }, secret);
  await expect(Authority.load(client, home)).rejects.toThrow(AuthorityUnusable);
  expect(await client.get(SECRETS, { namespace: home, name: 'davylamp-ca' })).toEqual(before);
});

test('a pod-bound token with our audience says which pod speaks', async () => {
  const wantIdentity = { namespace, podName: pod.name, podUID: pod.uid };
  expect(await new Authenticator(client).authenticate(token)).toEqual(wantIdentity);
});

test.each<[string, () => Promise<string> | string, number, RegExp]>([
  [
    'for the API server',
    () =>
      requestToken(client, { namespace, serviceAccount: 'orders', audience: 'https://kubernetes.default.svc', pod }),
    401,
    /audience/,
  ],
  [
    'for somebody else',
    () => requestToken(client, { namespace, serviceAccount: 'orders', audience: 'vault', pod }),
    401,
    /audience/,
  ],
  [
    'that is bound to no pod',
    () => requestToken(client, { namespace, serviceAccount: 'orders', audience: GATEWAY_AUDIENCE }),
    403,
    /not bound to a pod/,
  ],
  [
    'that has expired',
    () => {
      const now = Math.floor(Date.now() / 1000);
      return resignToken(kubeconfigOfWorker(), token, { iat: now - 7200, nbf: now - 7200, exp: now - 3600 });
    },
    401,
    /expired/,
  ],
  ['whose signature is another', () => `${token.slice(0, -8)}AAAAAAAA`, 401, /not valid/],
  ['that is none', () => '', 401, /no usable token/],
])('a token %s is refused', async (_, make, wantStatus, wantMessage) => {
  const refusal = new Authenticator(client).authenticate(await make());
  await expect(refusal).rejects.toMatchObject({ status: wantStatus, message: expect.stringMatching(wantMessage) });
});

test('a token signed anew with times that hold is accepted: what refuses the expired one is its time', async () => {
  const now = Math.floor(Date.now() / 1000);
  const resigned = resignToken(kubeconfigOfWorker(), token, { iat: now - 10, nbf: now - 10, exp: now + 600 });
  expect((await new Authenticator(client).authenticate(resigned)).podUID).toBe(pod.uid);
});

test('one answer is used for ten seconds and asked for again afterwards', async () => {
  let now = 0;
  const authenticator = new Authenticator(client, () => now);
  const first = authenticator.authenticate(token);
  now = 9_999;
  expect(authenticator.authenticate(token)).toBe(first);
  now = 10_000;
  expect(authenticator.authenticate(token)).not.toBe(first);
});

test('the token of a deleted pod is refused', async () => {
  const gone = await createPod(client, namespace, 'gone');
  const at = { namespace, serviceAccount: 'gone', audience: GATEWAY_AUDIENCE, pod: gone };
  const itsToken = await requestToken(client, at);
  await client.delete(PODS, gone, { gracePeriodSeconds: 0 });
  // The API server itself remembers for up to ten seconds.
  await vi.waitFor(
    () => expect(new Authenticator(client).authenticate(itsToken)).rejects.toMatchObject({ status: 401 }),
    { timeout: 60_000, interval: 200 },
  );
});

test('an API server that is away is no judgment about the token', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'davylamp-'));
  const kubeconfig = join(directory, 'kubeconfig');
  const text = readFileSync(kubeconfigOfWorker(), 'utf8').replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1');
  writeFileSync(kubeconfig, text, { mode: 0o600 });
  const nowhere = KubeClient.fromDefault({ kubeconfig });
  try {
    await expect(new Authenticator(nowhere).authenticate(token)).rejects.toMatchObject({ status: 503 });
  } finally {
    await nowhere.close();
    rmSync(directory, { recursive: true });
  }
});

test('over the wire, an agent speaks for the pod of its token and for no other', async () => {
  const authority = await Authority.load(client, namespace);
  const fleet = new Fleet();
  fleet.release();
  const agents = new UnionAuthenticator({
    serviceAccounts: new Authenticator(client),
    oneTime: new OneTimeCredentials({ onReuse: () => undefined }),
    sessions: new SessionTokens({ key: () => authority.deriveKey(SESSION_KEY_PURPOSE) }),
    // It is not asked about pods whose token the API server has reviewed.
    isPresent: () => false,
  });
  const server = new GatewayServer({
    fleet,
    authenticate: (presented) => agents.authenticate(presented),
    leader: () => ({ self: true }),
    tls: await authority.issue(servingNames(namespace)),
    log: pino({ level: 'silent' }),
    metrics: { gatewayEvent: () => undefined },
  });
  const port = await server.listen(0, '127.0.0.1');
  const at = { port, ca: authority.caPem, servername: `davylamp-gateway.${namespace}.svc` };
  try {
    const agent = await AgentClient.dial({ ...at, token });
    agent.hello();
    await agent.next('desired');
    expect(fleet.pod(pod.uid)?.identity.podName).toBe(pod.name);
    const wrong = await requestToken(client, { namespace, serviceAccount: 'orders', audience: 'vault', pod });
    expect(await dialRefused({ ...at, token: wrong })).toMatchObject({
      status: 401,
      text: expect.stringContaining('audience'),
    });
    const closed = once(agent.socket, 'close');
    agent.socket.close();
    await closed;
  } finally {
    await server.close();
  }
});
