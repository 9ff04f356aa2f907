import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { directoryOf } from '../../local/policies/policy-directory.ts';
import { log } from '../../policy/fixtures.ts';
import { run } from '../program.ts';

/** A server that has one probe, and answers whoever changes it with this. @returns its kubeconfig. */
async function refusing(message: string): Promise<string> {
  const server = createServer(({ method }, response) => {
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403, message };
    response.writeHead(method === 'GET' ? 200 : 403, { 'content-type': 'application/json' });
    response.end(JSON.stringify(method === 'GET' ? log() : status));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const config = {
    'current-context': 'one',
    contexts: [{ name: 'one', context: { cluster: 'one', user: 'one', namespace: 'shop' } }],
    clusters: [{ name: 'one', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'one', user: {} }],
  };
  return join(await directoryOf({ config: JSON.stringify(config) }), 'config');
}

describe('davylamp approve', () => {
  const approve = async (message: string) => run('approve', 'dlog/asked', '--kubeconfig', await refusing(message));

  it('says why Davylamp refuses it, in its own sentence', async () => {
    const answer =
      'admission webhook "requester.probe.davylamp.dev" denied the request: ann asked for this probe; it must be approved by somebody else';
    expect(await approve(answer)).toMatchObject({
      code: 1,
      errors: 'davylamp: ann asked for this probe; it must be approved by somebody else\n',
    });
  });

  it('says which webhook of others refuses it, and else what the API server says', async () => {
    const foreign = 'admission webhook "validate.example.com" denied the request: no.';
    expect((await approve(foreign)).errors).toBe(`davylamp: ${foreign}\n`);
    const rbac = 'dynamiclogs.davylamp.dev "asked" is forbidden: User "ann" cannot patch resource';
    expect((await approve(rbac)).errors).toBe(`davylamp: ${rbac}\n`);
  });
});
