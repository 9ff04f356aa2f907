import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { injectReview } from '../../src/admission/pods/inject-review.ts';
import { ADMISSION_PATHS, type AdmissionOutcome, AdmissionServer } from '../../src/admission/server.ts';
import { Authority } from '../../src/gateway/certificates/authority.ts';
import { newAuthoritySecret } from '../../src/gateway/certificates/authority-secret.ts';
import { servingNames } from '../../src/gateway/certificates/serving-certificate.ts';

let authority: Authority;
let server: AdmissionServer;
let port: number;
let ca: string;
const outcomes: AdmissionOutcome[] = [];

beforeAll(async () => {
  authority = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
  ca = authority.caPem;
  server = await newServer();
  port = await server.listen(0, '127.0.0.1');
});
beforeEach(() => void outcomes.splice(0));
afterAll(() => server.close());

async function newServer(): Promise<AdmissionServer> {
  return new AdmissionServer({
    reviewers: {
      [ADMISSION_PATHS.injectPod]: (one) =>
        injectReview(one, { namespace: 'davylamp', image: 'agent', caPem: ca, gatewayAbsenceSeconds: 600 }),
    },
    tls: await authority.issue(servingNames('davylamp')),
    log: pino({ level: 'silent' }),
    metrics: { admission: (outcome) => outcomes.push(outcome) },
  });
}

/** The server reads no more of a body. */
const MOST_BYTES = 3 * 1024 * 1024;

async function post(body: string, path = '/mutate?timeout=3s', method = 'POST') {
  const servername = 'davylamp-webhook.davylamp.svc';
  const headers = { 'Content-Length': body.length };
  const sent = request({ host: '127.0.0.1', port, path, method, ca, servername, headers, agent: false });
  sent.on('error', () => undefined);
  // The rest of a body that is too big stays on its way: the server resets a connection that brings it, and that can overtake the answer.
  if (body.length > MOST_BYTES) sent.write(body.slice(0, MOST_BYTES + 1));
  else sent.end(body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, text };
}

const review = (object: unknown, operation = 'CREATE') =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'review-1', operation, resource: { group: '', version: 'v1', resource: 'pods' }, object },
  });

test('a pod without a word of its own comes from a labeled namespace and gets the agent', async () => {
  const { status, text } = await post(review({ metadata: {}, spec: { containers: [{ name: 'app' }] } }));
  const { kind, response } = JSON.parse(text);
  expect([status, kind, response.uid, response.allowed]).toEqual([200, 'AdmissionReview', 'review-1', true]);
  const patch = JSON.parse(Buffer.from(response.patch, 'base64').toString());
  expect(patch.map(({ path }: { path: string }) => path)).toContain('/spec/initContainers');
  expect(outcomes).toEqual(['patched']);
});

test('a container that is left alone is named in a warning', async () => {
  const pod = { metadata: {}, spec: { containers: [{ name: 'app', envFrom: [{}] }] } };
  const { response } = JSON.parse((await post(review(pod))).text);
  expect(response.warnings).toEqual([expect.stringMatching(/^davylamp: container app: NodeOptionsNotMerged: /)]);
});

test.each<[string, string]>([
  ['an update', review({ metadata: {}, spec: { containers: [] } }, 'UPDATE')],
  ['a pod that makes no sense', review({ spec: 'x' })],
  ['no pod', review(null)],
])('%s is allowed as it is', async (_, body) => {
  const { response } = JSON.parse((await post(body)).text);
  expect([response.allowed, response.patch]).toEqual([true, undefined]);
  expect(outcomes).toEqual(['unchanged']);
});

test.each<[string, string, string, string, number]>([
  ['not JSON', '{', '/mutate', 'POST', 400],
  ['not a review', '{"kind":"Pod"}', '/mutate', 'POST', 400],
  ['too big', `"${'x'.repeat(4 * 1024 * 1024)}"`, '/mutate', 'POST', 413],
  ['on another path', review({}), '/validate', 'POST', 404],
  ['with another method', '', '/mutate', 'GET', 405],
])('a request that is %s is refused, and the next one answered', async (_, body, path, method, wantStatus) => {
  expect((await post(body, path, method)).status).toBe(wantStatus);
  expect((await post(review(null))).status).toBe(200);
  expect(outcomes).toEqual(['error', 'unchanged']);
});

/** Asks as the API server does, which uses a connection again. */
async function askOn(agent: Agent, at: number): Promise<IncomingMessage> {
  const servername = 'davylamp-webhook.davylamp.svc';
  const sent = request({ host: '127.0.0.1', port: at, path: '/mutate', method: 'POST', ca, servername, agent });
  sent.end(review(null));
  const [response] = await once(sent, 'response');
  response.resume();
  await once(response, 'end');
  return response;
}

/** Seconds after which the API server gives up a connection that it does not use: IdleConnTimeout of client-go's transports. */
const API_SERVER_KEEPS = 90;

test('a connection is kept for longer than the API server keeps it, which would lose the review that it sends meanwhile', async () => {
  const agent = new Agent({ keepAlive: true });
  try {
    const { headers } = await askOn(agent, port);
    expect(headers.connection).toBe('keep-alive');
    expect(Number(/timeout=(\d+)/.exec(String(headers['keep-alive']))?.[1])).toBeGreaterThan(API_SERVER_KEEPS);
  } finally {
    agent.destroy();
  }
});

test('a server that is about to end answers on, and sends who asks to another connection', async () => {
  const agent = new Agent({ keepAlive: true });
  const ending = await newServer();
  const at = await ending.listen(0, '127.0.0.1');
  try {
    expect((await askOn(agent, at)).headers.connection).toBe('keep-alive');
    const closed = ending.close(1000);
    const { statusCode, headers } = await askOn(agent, at);
    expect([statusCode, headers.connection]).toEqual([200, 'close']);
    await closed;
  } finally {
    agent.destroy();
  }
});
