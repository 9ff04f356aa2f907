import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { dynamicLogSchema } from '../../src/api/dynamiclog.ts';
import type { Probe } from '../../src/api/kinds.ts';
import { LocalSession } from '../../src/local/session.ts';
import { withBuiltInDefaults } from '../../src/policy/decide.ts';
import type { SeenResult } from '../runtime/node/harness/seen-result.ts';
import { exampleProcess, exampleResult, exampleState } from '../sidecar/examples.ts';
import { isDesired, RuntimeClient } from '../sidecar/runtime-client.ts';

const probe = (spec: object = {}, name = 'large-orders'): Probe =>
  dynamicLogSchema.parse({
    apiVersion: 'davylamp.dev/v1alpha1',
    kind: 'DynamicLog',
    metadata: { name },
    spec: {
      target: { selector: { matchLabels: { app: 'orders' } }, containerName: 'app' },
      location: { file: 'src/orders.ts', line: 50 },
      message: 'order {order.id}',
      ...spec,
    },
  });

describe('probes without a cluster', () => {
  let directory: string;
  let session: LocalSession;
  let changes = 0;
  const results: SeenResult[] = [];

  beforeEach(async () => {
    results.length = 0;
    changes = 0;
    directory = await mkdtemp(join(tmpdir(), 'session-'));
    session = new LocalSession({
      directory,
      onResult: (result) => results.push(result),
      onChange: () => {
        changes += 1;
      },
    });
    await session.listen();
  });
  afterEach(async () => {
    await session.close();
    await rm(directory, { recursive: true });
  });

  const lastSet = (client: RuntimeClient) => client.frames.filter(isDesired).at(-1)?.probes ?? [];
  const connect = async (): Promise<RuntimeClient> => {
    const client = await RuntimeClient.greet(directory, exampleProcess({ containerName: undefined }));
    await client.heard(isDesired);
    return client;
  };

  it('reach every process, whatever pods and containers their target names', async () => {
    const now = Date.now();
    session.apply([probe()], now);
    const client = await connect();

    expect(lastSet(client)).toMatchObject([
      { kind: 'DynamicLog', name: 'large-orders', expireTime: now + 1_800_000, limits: { remainingHits: 10_000 } },
    ]);
    expect(lastSet(client)[0]?.containerName).toBeUndefined();
  });

  it('stay as they are when their manifest did not change, and are new when it did', async () => {
    session.apply([probe()]);
    const client = await connect();
    const [first] = lastSet(client);
    session.apply([probe(), probe({}, 'another')]);
    await vi.waitFor(() => expect(lastSet(client)).toHaveLength(2), { timeout: 60_000 });
    expect(lastSet(client)[0]).toEqual(first);

    session.apply([probe({ message: 'changed' })]);
    await vi.waitFor(() => expect(lastSet(client)).toMatchObject([{ message: 'changed' }]), { timeout: 60_000 });
    expect(lastSet(client)[0]?.uid).not.toBe(first?.uid);
  });

  it('end in every process when their hits are used up, and not one result more is reported', async () => {
    session.apply([probe({ limits: { maxHits: 2 } })]);
    const client = await connect();
    const uid = lastSet(client)[0]?.uid ?? '';
    client.send({ type: 'results', results: [1, 2, 3].map((sequence) => exampleResult(sequence, { uid })) });

    await vi.waitFor(() => expect(lastSet(client)).toEqual([]), { timeout: 60_000 });
    expect(results.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(session.probes()[0]).toMatchObject({ ended: 'HitLimitReached', hits: 2 });
  });

  it('end when their time is over', async () => {
    const client = await connect();
    session.apply([probe({ ttlSeconds: 10 })], Date.now() - 9_500);
    await client.heard((frame): frame is typeof frame => isDesired(frame) && frame.probes.length === 1);

    await vi.waitFor(() => expect(lastSet(client)).toEqual([]), { timeout: 60_000 });
    expect(session.probes()[0]?.ended).toBe('Expired');
  });

  it('say how they stand in each process', async () => {
    session.apply([probe()]);
    const client = await connect();
    const uid = lastSet(client)[0]?.uid ?? '';
    const before = changes;
    client.send({ type: 'states', revision: 1, probes: [exampleState({ uid, hits: 3 })] });

    await vi.waitFor(() => expect(changes).toBeGreaterThan(before), { timeout: 60_000 });
    expect(session.probes()[0]?.processes).toMatchObject([
      { process: { pid: 4711 }, state: { state: 'Armed', hits: 3 } },
    ]);
  });

  it('stay without an end where they stand, and are sent once', async () => {
    const client = await connect();
    session.apply([probe({ standing: true }, 'standing')]);
    await client.heard((frame): frame is typeof frame => isDesired(frame) && frame.probes.length === 1);
    session.apply([probe({ standing: true }, 'standing'), probe({}, 'another')]);
    await client.heard((frame): frame is typeof frame => isDesired(frame) && frame.probes.length === 2);

    expect(client.frames.filter(isDesired).map(({ probes }) => probes.length)).toEqual([0, 1, 2]);
    expect(session.probes()[0]?.ended).toBeUndefined();
  });

  it('give a process no more than the protocol carries, and the rest when others have ended', async () => {
    const many = Array.from({ length: 201 }, (_, index) => probe({ limits: { maxHits: 1 } }, `probe-${index}`));
    session.apply(many);
    const runtime = await RuntimeClient.greet(directory, exampleProcess());
    const desired = await runtime.heard(isDesired);
    expect(desired.probes).toHaveLength(200);
    expect(session.hasMetProcess).toBe(true);

    const [first] = desired.probes;
    runtime.send({ type: 'results', results: [{ ...exampleResult(1), uid: first?.uid ?? '' }] });
    await vi.waitFor(() => expect(runtime.frames.filter(isDesired).at(-1)?.probes.at(-1)?.name).toBe('probe-200'), {
      timeout: 60_000,
    });
  });
});

describe('probes under policies', () => {
  it('are enforced as they are decided, and go nowhere where they are denied', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'session-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    let isOpen = true;
    const session = new LocalSession({
      directory,
      decide: (asked) => {
        if (asked.metadata.name === 'denied' && !isOpen) return undefined;
        const effective = withBuiltInDefaults(asked);
        return effective.kind === 'DynamicLog'
          ? { ...effective, spec: { ...effective.spec, limits: { ...effective.spec.limits, maxHits: 1 } } }
          : effective;
      },
      onResult: () => {},
      onChange: () => {},
    });
    onTestFinished(() => session.close());
    await session.listen();
    const both = [probe({}, 'denied'), probe({ limits: { maxHits: 50 } }, 'allowed')];
    session.apply(both);
    const client = await RuntimeClient.greet(directory, exampleProcess());
    expect((await client.heard(isDesired)).probes).toMatchObject([
      { name: 'denied' },
      { name: 'allowed', limits: { remainingHits: 1 } },
    ]);

    isOpen = false;
    session.apply(both);
    await vi.waitFor(
      () =>
        expect(
          client.frames
            .filter(isDesired)
            .at(-1)
            ?.probes.map(({ name }) => name),
        ).toEqual(['allowed']),
      { timeout: 60_000 },
    );
    expect(session.probes().map(({ probe: { metadata } }) => metadata.name)).toEqual(['allowed']);
  });
});
