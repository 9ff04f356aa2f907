import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { dynamicLogSchema } from '../../src/api/dynamiclog.ts';
import { reportUnreadable } from '../../src/controllers/unreadable-object.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { EventRecorder, type ObjectReference } from '../../src/kube/event-recorder.ts';
import { EVENTS } from '../../src/kube/resource.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';

const eventSchema = z.looseObject({
  metadata: z.object({ name: z.string() }),
  reason: z.string(),
  note: z.string(),
  series: z.object({ count: z.int() }).optional(),
});

let client: KubeClient;
let namespace: string;
let errors: Error[];
let recorder: EventRecorder;
let regarding: ObjectReference;
beforeAll(() => {
  client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
});
afterAll(() => client.close());
beforeEach(async () => {
  namespace = await createNamespace(client);
  errors = [];
  recorder = new EventRecorder({
    client,
    reportingController: 'davylamp.dev/operator',
    reportingInstance: 'pod-a',
    onError: (error) => errors.push(error),
  });
  regarding = { apiVersion: 'davylamp.dev/v1alpha1', kind: 'DynamicLog', namespace, name: 'large-orders', uid: 'u1' };
});

const armed = { type: 'Normal', reason: 'Armed', action: 'Arm', note: 'Armed in 3 pods.' } as const;

async function events() {
  await recorder.flush();
  const { items } = await client.list(EVENTS, { namespace });
  return items.map((item) => eventSchema.parse(item));
}

describe('an event recorder', () => {
  test('writes what kubectl describe shows', async () => {
    recorder.record(regarding, armed);
    expect(await events()).toMatchObject([
      { ...armed, regarding, reportingController: 'davylamp.dev/operator', reportingInstance: 'pod-a' },
    ]);
    expect(errors).toEqual([]);
  });

  test('makes one series of equal events, and keeps different ones apart', async () => {
    for (let i = 0; i < 5; i++) recorder.record(regarding, armed);
    recorder.record(regarding, { ...armed, note: 'Armed in 4 pods.' });
    const found = await events();
    expect(found.map(({ note }) => note).sort()).toEqual(['Armed in 3 pods.', 'Armed in 4 pods.']);
    expect(found.find(({ note }) => note === armed.note)?.series?.count).toBeGreaterThanOrEqual(2);
    expect(errors).toEqual([]);
  });

  test('writes an event with a name once, whoever else does', async () => {
    const other = new EventRecorder({
      client,
      reportingController: 'davylamp.dev/operator',
      reportingInstance: 'pod-b',
    });
    for (const each of [recorder, recorder, other])
      each.record(regarding, { ...armed, name: 'large-orders.injection' });
    await other.flush();
    const found = await events();
    expect(found).toHaveLength(1);
    expect(found[0]?.series).toBeUndefined();
    expect(errors).toEqual([]);
  });

  test('limits what one object can cause', async () => {
    for (let i = 0; i < 100; i++) recorder.record(regarding, { ...armed, note: `number ${i}` });
    expect(await events()).toHaveLength(25);
  });

  test('cuts a long note at a whole character', async () => {
    recorder.record(regarding, { ...armed, note: 'ö'.repeat(2000) });
    const [event] = await events();
    expect(Buffer.byteLength(event?.note ?? '')).toBeLessThanOrEqual(1024);
    expect(event?.note).toMatch(/^ö+…$/);
  });

  test('never throws, and tells the error, when it cannot write', async () => {
    recorder.record({ ...regarding, namespace: 'no-such-namespace' }, armed);
    await recorder.flush();
    expect(errors.map(({ message }) => message)).toEqual(['namespaces "no-such-namespace" not found']);
  });

  test('writes a series anew when the API server has dropped its event', async () => {
    recorder.record(regarding, armed);
    const [event] = await events();
    await client.delete(EVENTS, { namespace, name: event?.metadata.name ?? '' });
    recorder.record(regarding, armed);
    const found = await events();
    expect(found).toHaveLength(1);
    expect(found[0]?.metadata.name).not.toBe(event?.metadata.name);
  });
});

test('a probe that cannot be read is named in an Event, with the field that is wrong', async () => {
  const raw = { metadata: { namespace, name: 'odd', uid: 'u2' }, spec: {} };
  const problem = dynamicLogSchema.safeParse({ kind: 'DynamicLog', ...raw }).error ?? new Error('it parses');

  reportUnreadable('DynamicLog', recorder, pino({ level: 'silent' }))(problem, raw);

  expect(await events()).toMatchObject([{ reason: 'ObjectUnreadable', note: expect.stringContaining('apiVersion: ') }]);
});
