import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { KINDS, PROBE_KINDS, type ProbeKind, probeResource } from '../../src/api/kinds.ts';
import { ApiError } from '../../src/kube/api-error.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { dynamicLog, type Manifest, snapshot } from './manifests.ts';
import { createNamespace } from './namespace.ts';

let client: KubeClient;
let namespace: string;
beforeAll(async () => {
  client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  namespace = await createNamespace(client);
});
afterAll(() => client.close());

const kindOf = (manifest: Manifest): ProbeKind => z.enum(PROBE_KINDS).parse(manifest.kind);

const create = (manifest: Manifest): Promise<unknown> =>
  client.create(probeResource(kindOf(manifest)), { namespace }, manifest, { query: { dryRun: 'All' } });

async function refusal(manifest: Manifest): Promise<string> {
  try {
    await create(manifest);
  } catch (error) {
    if (error instanceof ApiError && error.status === 422) return error.message;
    throw error;
  }
  return 'accepted';
}

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const exampleSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});
const probes = globSync('*.yaml', { cwd: examples })
  .sort()
  .flatMap((path) =>
    loadAll(readFileSync(examples + path, 'utf8')).map((document) => ({
      path,
      manifest: exampleSchema.parse(document),
    })),
  )
  .filter(({ manifest }) => manifest.apiVersion.startsWith('davylamp.dev/'));

describe('the API server accepts', () => {
  test('every probe of the examples, and there are some', async () => {
    expect(probes.length).toBeGreaterThanOrEqual(3);
    for (const { path, manifest } of probes) {
      const kind = z.enum(PROBE_KINDS).parse(manifest.kind);
      const created = await client.create(probeResource(kind), { namespace }, manifest, {
        query: { dryRun: 'All', fieldValidation: 'Strict' },
      });
      expect(KINDS[kind].schema.safeParse(created).error, path).toBeUndefined();
    }
  });

  test('the smallest manifests, and fills in the defaults that the schema in zod fills in', async () => {
    for (const manifest of [dynamicLog(), snapshot()]) {
      const { schema } = KINDS[kindOf(manifest)];
      const created = z.object({ spec: z.unknown() }).parse(await create(manifest));
      expect(created.spec).toEqual(schema.parse(manifest).spec);
    }
  });

  test.each([
    ['a function with its place', dynamicLog({ location: { function: 'OrderService#place', at: 'Exit' } })],
    ['a function in a file', snapshot({ location: { function: 'größe', file: 'a.ts' } })],
    ['a workload', snapshot({ target: { workloadRef: { kind: 'CronJob', name: 'nightly' } } })],
    [
      'label expressions',
      dynamicLog({ target: { selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] } } }),
    ],
    ['sinks', dynamicLog({ sinkRefs: [{ name: 'traces' }] })],
  ])('%s', async (_what, manifest) => {
    expect(await refusal(manifest)).toBe('accepted');
    expect(KINDS[kindOf(manifest)].schema.safeParse(manifest).success).toBe(true);
  });
});

const selector = { matchLabels: { app: 'orders' } };
const workloadRef = { kind: 'Deployment', name: 'orders' };
const location = { file: 'a.ts', line: 1 };

describe('the API server refuses, in words', () => {
  test.each<[string, Manifest, string]>([
    [
      'a target without pods',
      dynamicLog({ target: {} }),
      'spec.target: Invalid value: target needs exactly one of selector and workloadRef',
    ],
    [
      'a target with two kinds of pods',
      snapshot({ target: { selector, workloadRef } }),
      'target needs exactly one of selector and workloadRef',
    ],
    [
      'a selector of all pods',
      dynamicLog({ target: { selector: {} } }),
      'selector must not be empty: give at least one entry in matchLabels or matchExpressions',
    ],
    [
      'a selector with empty labels',
      dynamicLog({ target: { selector: { matchLabels: {} } } }),
      'selector must not be empty',
    ],
    [
      'values where none belong',
      dynamicLog({ target: { selector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] } } }),
      'matchExpressions: In and NotIn need values; Exists and DoesNotExist take none',
    ],
    [
      'no values where some are needed',
      dynamicLog({ target: { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } } }),
      'matchExpressions: In and NotIn need values',
    ],
    [
      'a label without a key',
      dynamicLog({ target: { selector: { matchLabels: { '': 'x' } } } }),
      'keys need 1 to 317 characters',
    ],
    [
      'an unknown workload',
      dynamicLog({ target: { workloadRef: { kind: 'Pod', name: 'a' } } }),
      'spec.target.workloadRef.kind: Unsupported value: "Pod"',
    ],
    [
      'a workload in no form of a name',
      dynamicLog({ target: { workloadRef: { kind: 'Job', name: '../a' } } }),
      'spec.target.workloadRef.name: Invalid value: "../a"',
    ],
    ['no target', dynamicLog({ target: undefined }), 'spec.target: Required value'],
    ['no location', snapshot({ location: undefined }), 'spec.location: Required value'],
    [
      'a location without a place',
      dynamicLog({ location: {} }),
      'location needs exactly one of line (with file) and function',
    ],
    [
      'a line and a function',
      dynamicLog({ location: { ...location, function: 'place' } }),
      'location needs exactly one of line (with file) and function',
    ],
    ['a line without a file', dynamicLog({ location: { line: 4 } }), 'location.line needs location.file'],
    [
      'a file without a line',
      dynamicLog({ location: { file: 'a.ts' } }),
      'location needs exactly one of line (with file) and function',
    ],
    [
      'the exit of a line',
      dynamicLog({ location: { ...location, at: 'Exit' } }),
      'location.at goes with location.function',
    ],
    [
      'line 0',
      dynamicLog({ location: { file: 'a.ts', line: 0 } }),
      'spec.location.line in body should be greater than or equal to 1',
    ],
    [
      'half a line',
      dynamicLog({ location: { file: 'a.ts', line: 1.5 } }),
      'must be of type integer with format int64 in spec.location.line',
    ],
    [
      'a function that is no name',
      dynamicLog({ location: { function: 'a();b' } }),
      'spec.location.function in body should match',
    ],
    ['an empty message', dynamicLog({ message: '' }), 'spec.message in body should be at least 1 chars long'],
    ['no message', dynamicLog({ message: undefined }), 'spec.message: Required value'],
    [
      'a message without end',
      dynamicLog({ message: 'x'.repeat(2049) }),
      'spec.message: Too long: may not be more than 2048',
    ],
    ['an unknown level', dynamicLog({ level: 'Loud' }), 'spec.level: Unsupported value: "Loud"'],
    [
      'a condition without end',
      snapshot({ condition: 'x'.repeat(513) }),
      'spec.condition: Too long: may not be more than 512',
    ],
    [
      'a life that is too short',
      dynamicLog({ ttlSeconds: 1 }),
      'spec.ttlSeconds in body should be greater than or equal to 10',
    ],
    [
      'a life that is too long',
      snapshot({ ttlSeconds: 100_000 }),
      'spec.ttlSeconds in body should be less than or equal to 86400',
    ],
    [
      'no hits at all',
      dynamicLog({ limits: { maxHits: 0 } }),
      'spec.limits.maxHits in body should be greater than or equal to 1',
    ],
    [
      'too many hits',
      dynamicLog({ limits: { hitsPerSecond: 5001 } }),
      'spec.limits.hitsPerSecond in body should be less than or equal to 5000',
    ],
    [
      'too many frames',
      snapshot({ capture: { frames: 21 } }),
      'spec.capture.frames in body should be less than or equal to 20',
    ],
    ['too many captures', snapshot({ maxCaptures: 51 }), 'spec.maxCaptures in body should be less than or equal to 50'],
    ['an empty watch', snapshot({ watch: [''] }), 'spec.watch[0] in body should be at least 1 chars long'],
    [
      'too many watches',
      snapshot({ watch: Array.from({ length: 17 }, () => 'a') }),
      'spec.watch: Too many: 17: must have at most 16 items',
    ],
    [
      'a sink of no kind',
      dynamicLog({ sinkRefs: [{ kind: 'Drain', name: 'a' }] }),
      'spec.sinkRefs[0].kind: Unsupported value: "Drain"',
    ],
  ])('%s', async (_what, manifest, wantMessage) => {
    expect(await refusal(manifest)).toContain(wantMessage);
  });
});
