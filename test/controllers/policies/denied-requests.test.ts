import { expect, it } from 'vitest';
import { DeniedRequests } from '../../../src/controllers/policies/denied-requests.ts';
import { ApiError } from '../../../src/kube/api-error.ts';
import { defaultPolicy } from '../../../src/policy/default-policy.ts';
import type { PolicyView } from '../../../src/policy/policy-view.ts';
import { clusterPolicy, policy } from '../../policy/fixtures.ts';
import { object } from './fixtures.ts';

const closed = policy('closed', {});
const conflict = () => new ApiError('the object has been modified', { status: 409, reason: 'Conflict' });

/** One policy in an API server that knows versions; another writer comes between read and write as often as it is told. */
class Server {
  uid = 'uid-closed';
  version = 1;
  deniedRequests: number | undefined;
  interruptions = 0;
  fails: Error | undefined;
  readonly errors: unknown[] = [];
  readonly counts = new DeniedRequests({
    client: {
      get: async () => {
        if (this.fails !== undefined) throw this.fails;
        const { uid, version, deniedRequests } = this;
        return { metadata: { uid, resourceVersion: String(version) }, status: { deniedRequests } };
      },
      mergePatch: async (_, ref, body) => {
        expect(ref).toMatchObject({ namespace: 'shop', name: 'closed', subresource: 'status' });
        if (this.interruptions > 0) {
          this.interruptions -= 1;
          this.version += 1;
          this.deniedRequests = (this.deniedRequests ?? 0) + 100;
        }
        const wantVersion = { metadata: { resourceVersion: String(this.version) } };
        const { status, ...rest } = body as { status: { deniedRequests: number } };
        if (JSON.stringify(rest) !== JSON.stringify(wantVersion)) throw conflict();
        this.version += 1;
        this.deniedRequests = status.deniedRequests;
        return {};
      },
    },
    find: (view: PolicyView) => (view === closed ? object(closed) : undefined),
    onError: (error) => this.errors.push(error),
  });
}

it('each refused request is added once, to what is there already', async () => {
  const server = new Server();
  server.deniedRequests = 3;
  server.counts.add([closed]);
  server.counts.add([closed]);
  await server.counts.write();
  expect(server.deniedRequests).toBe(5);
  await server.counts.write();
  expect(server.version).toBe(2);
});

it('no count is lost where others write at the same time', async () => {
  const server = new Server();
  server.interruptions = 3;
  server.counts.add([closed]);
  await server.counts.write();
  expect(server.deniedRequests).toBe(301);
  expect(server.errors).toEqual([]);
});

it('what cannot be written is kept for the next time, with what comes meanwhile', async () => {
  const server = new Server();
  server.counts.add([closed]);
  for (const fail of [() => (server.interruptions = 100), () => (server.fails = new Error('away'))]) {
    fail();
    await server.counts.write();
    server.interruptions = 0;
  }
  expect(server.errors).toHaveLength(2);
  server.fails = undefined;
  server.deniedRequests = 0;
  const writing = server.counts.write();
  server.counts.add([closed]);
  await writing;
  await server.counts.write();
  expect(server.deniedRequests).toBe(2);
});

it('one that is gone, or has the name of another that is gone, gets nothing', async () => {
  const server = new Server();
  server.counts.add([closed, clusterPolicy('deleted', {}), defaultPolicy()]);
  server.uid = 'uid-of-another';
  await server.counts.write();
  server.counts.add([closed]);
  server.fails = new ApiError('not found', { status: 404, reason: 'NotFound' });
  await server.counts.write();
  server.fails = undefined;
  server.uid = 'uid-closed';
  await server.counts.write();
  expect(server.deniedRequests).toBeUndefined();
  expect(server.errors).toEqual([]);
});
