import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Authority, type Leaf } from '../../../src/gateway/certificates/authority.ts';
import { newAuthoritySecret } from '../../../src/gateway/certificates/authority-secret.ts';
import { fingerprintsOf } from '../../../src/pods/certificate-fingerprints.ts';

/** Real TLS: the error code with which a client that trusts `ca` ends, or `trusted`. */
async function handshake(leaf: Leaf, ca: string): Promise<string> {
  const server = createServer({ cert: leaf.certPem, key: leaf.keyPem }, (socket) => socket.end());
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', servername: 'gateway.test', ca });
  return await new Promise((resolve) => {
    client.once('secureConnect', () => resolve('trusted'));
    client.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    client.once('close', () => client.destroy());
  });
}

describe('an authority that follows another one', () => {
  let first: Authority;
  let second: Authority;
  let third: Authority;

  beforeAll(async () => {
    first = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
    second = await first.successor();
    third = await second.successor();
  });

  const issue = (authority: Authority) => authority.issue(['gateway.test']);
  const onlyNewest = (authority: Authority): string =>
    authority.caPem.slice(0, authority.caPem.indexOf('-----END') + 27);

  it('is trusted by agents that know the one before, or the one before that', async () => {
    expect(await handshake(await issue(second), first.caPem)).toBe('trusted');
    expect(await handshake(await issue(third), first.caPem)).toBe('trusted');
    expect(await handshake(await issue(third), onlyNewest(second))).toBe('trusted');
  });

  it('is trusted by agents that know nothing else, and by those that know all', async () => {
    expect(await handshake(await issue(third), onlyNewest(third))).toBe('trusted');
    expect(await handshake(await issue(third), third.caPem)).toBe('trusted');
  });

  it('has agents trust a replica that still serves what the one before issued', async () => {
    expect(await handshake(await issue(first), second.caPem)).toBe('trusted');
    expect(await handshake(await issue(second), third.caPem)).toBe('trusted');
  });

  it('has a key of its own, and keeps none of another', () => {
    expect(second.fingerprint).not.toBe(first.fingerprint);
    expect(JSON.stringify(second.toSecret('davylamp')).match(/tls\.key/g)).toHaveLength(1);
    expect([...third.fingerprints]).toEqual([third, second, first].map(({ fingerprint }) => fingerprint));
  });

  it('is the same after a way through the Secret', async () => {
    const read = await Authority.fromSecret(third.toSecret('davylamp'), 'davylamp');
    expect(read.equals(third)).toBe(true);
    expect(await handshake(await issue(read), first.caPem)).toBe('trusted');
  });

  it('is a stranger to those who knew the one before, once it stands alone', async () => {
    const alone = await third.alone();
    expect(alone.predecessors).toEqual([]);
    expect(await handshake(await issue(alone), onlyNewest(third))).toBe('trusted');
    expect(await handshake(await issue(alone), first.caPem)).not.toBe('trusted');
  });

  it('does not make strangers trusted', async () => {
    const stranger = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
    expect(await handshake(await issue(await stranger.successor()), third.caPem)).not.toBe('trusted');
  });

  it('gives each purpose a key of its own, in every replica the same, and none that the one before gave', async () => {
    const replica = await Authority.fromSecret(second.toSecret('davylamp'), 'davylamp');
    const purposes = ['sessions', 'sessions ', 'others', ''];
    const keysOf = (authority: Authority) => purposes.map((purpose) => authority.deriveKey(purpose).toString('hex'));
    expect(keysOf(replica)).toEqual(keysOf(second));
    expect(new Set([...keysOf(first), ...keysOf(second), ...keysOf(third)]).size).toBe(12);
    for (const key of keysOf(second)) expect(key).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is known by its fingerprint however its PEM is laid out', () => {
    const [want] = fingerprintsOf(first.caPem);
    const indented = first.caPem.replaceAll('\n', '\r\n  ');
    expect(fingerprintsOf(`# a comment\r\n${indented}`)).toEqual([want]);
    expect(fingerprintsOf('no certificate')).toEqual([]);
  });
});
