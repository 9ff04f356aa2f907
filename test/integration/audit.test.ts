import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { ADMISSION_PATHS } from '../../src/admission/server.ts';
import { KINDS, type Probe, probeResource } from '../../src/api/kinds.ts';
import { type AuditRecord, type AuditStep, auditRecordSchema } from '../../src/audit/record.ts';
import { Authority } from '../../src/gateway/certificates/authority.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from '../../src/kube/resource.ts';
import { AUDIT_LOG } from './api-server.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import { PolicyObjects } from './policy-objects.ts';
import { isArmed, ProbeObjects, probeBody } from './probe-objects.ts';
import { applyWebhookService, probeWebhook } from './probe-webhooks.ts';
import { RunningOperator } from './running-operator.ts';
import { createRunningPod, line, type ScriptedAgent } from './scripted-agent.ts';

/** What is recorded of probes that users write: the whole operator and its webhooks, the real API server and its own audit, a scripted agent. */
const kubeconfig = kubeconfigOfWorker();
const client = KubeClient.fromDefault({ kubeconfig });
/** With the rights of an administrator: this is not about RBAC. */
const ann = KubeClient.fromDefault({
  kubeconfig,
  impersonate: { user: 'ann', groups: ['developers', 'system:masters'] },
});
const carol = KubeClient.fromDefault({ kubeconfig, impersonate: { user: 'carol', groups: ['system:masters'] } });
const log = pino({ level: process.env.DAVYLAMP_LOG_LEVEL ?? 'silent' });
const TIMES = { timeout: 20_000, interval: 20 };
const CANARY = 'canary-4711';
const message = 'order {order.id}';

let home: string;
let directory: string;
let file: string;
let lines: string[];
let operator: RunningOperator;
let namespace: string;
let probes: ProbeObjects;
let policies: PolicyObjects;
let agent: ScriptedAgent;

beforeAll(async () => {
  home = await createNamespace(client);
  directory = mkdtempSync(join(tmpdir(), 'davylamp-audit-'));
  file = join(directory, 'audit.jsonl');
  lines = [];
  const stream = { write: (one: string) => void lines.push(one) };
  operator = await RunningOperator.start(client, home, log, { DAVYLAMP_AUDIT_FILE: file }, stream);
  await applyWebhookService(client, home);
});
afterAll(async () => {
  await operator.stop();
  // All that was written before the end is there, in the same order.
  expect(readFileSync(file, 'utf8')).toBe(lines.join(''));
  expect(lines.join('')).not.toContain(CANARY);
  rmSync(directory, { recursive: true });
  await Promise.all([client.close(), ann.close(), carol.close()]);
});
beforeEach(async () => {
  namespace = await createNamespace(client);
  probes = new ProbeObjects(ann, namespace);
  policies = new PolicyObjects(client, namespace);
  const pod = await createRunningPod(client, namespace, 'orders');
  agent = await operator.connectAgent({ pod, account: 'orders' });
  await register();
});
afterEach(async () => {
  await client.delete(MUTATING_WEBHOOKS, configuration());
  await client.delete(VALIDATING_WEBHOOKS, configuration());
  await policies.deleteAll();
  await agent.cut();
});

const configuration = () => ({ name: `davylamp-audit-${namespace}` });

/** As the chart registers them, for the namespace of the test. */
async function register(): Promise<void> {
  const { caPem } = await Authority.load(client, home);
  const { webhook: port } = operator.ports;
  const webhook = (name: string, path: string) => probeWebhook({ name, home, path, port, caPem, namespace });
  const body = (kind: string, ...webhooks: object[]) => ({
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: configuration(), webhooks },
  });
  const { recordRequester, reviewProbe } = ADMISSION_PATHS;
  const mutating = { ...webhook('requester.probe.davylamp.dev', recordRequester), reinvocationPolicy: 'IfNeeded' };
  await client.create(MUTATING_WEBHOOKS, {}, body('MutatingWebhookConfiguration', mutating));
  const validating = webhook('probe.davylamp.dev', reviewProbe);
  await client.create(VALIDATING_WEBHOOKS, {}, body('ValidatingWebhookConfiguration', validating));
  // The API server takes a moment to see them; what it shows is what it would store.
  await vi.waitFor(async () => {
    const asked = await dryRun('seen').catch(() => undefined);
    expect(asked?.metadata.annotations).toMatchObject({ 'davylamp.dev/requested-by': 'ann' });
  }, TIMES);
}

const objectSchema = z.object({ metadata: z.object({ annotations: z.record(z.string(), z.string()).optional() }) });

async function dryRun(name: string, kind: Probe['kind'] = 'DynamicLog') {
  const { plural } = probeResource(kind);
  const body = probeBody(kind, name, kind === 'DynamicLog' ? { message } : {});
  const path = `/apis/davylamp.dev/v1alpha1/namespaces/${namespace}/${plural}`;
  return objectSchema.parse(await ann.request('POST', path, { query: { dryRun: 'All' }, body }));
}

const records = (): AuditRecord[] =>
  lines.map((one) => auditRecordSchema.parse(JSON.parse(one))).filter(({ probe }) => probe.namespace === namespace);

/** Records of the namespace as soon as there are these steps. */
async function until(...wanted: AuditStep[]): Promise<AuditRecord[]> {
  return await vi.waitFor(() => {
    const found = records();
    expect(found.map(({ step }) => step)).toEqual(wanted);
    return found;
  }, TIMES);
}

const auditedSchema = z.object({
  verb: z.string(),
  responseStatus: z.object({ code: z.int() }).optional(),
  impersonatedUser: z.object({ username: z.string() }).optional(),
  objectRef: z.object({ namespace: z.string().optional(), name: z.string().optional() }),
  annotations: z.record(z.string(), z.string()).default({}),
});

/** What the API server has audited of requests by ann in the namespace. */
const audited = () =>
  readFileSync(join(dirname(kubeconfig), AUDIT_LOG), 'utf8')
    .split('\n')
    .filter((one) => one.includes(namespace))
    .map((one) => auditedSchema.parse(JSON.parse(one)))
    .filter(({ impersonatedUser }) => impersonatedUser?.username === 'ann');

it('the way of a probe, by the UID and the resourceVersion that the API server gave it', async () => {
  const created = await probes.apply('DynamicLog', 'large', { message, condition: `order.id !== "${CANARY}"` });
  const [wire] = await agent.desires((list) => list.length > 0);
  agent.states();
  await probes.until('DynamicLog', 'large', isArmed);
  if (wire === undefined) throw new Error('nothing is desired');
  await agent.results(wire, line(CANARY), line(CANARY));

  const [requested, ...others] = await until('Requested', 'Decided', 'Armed', 'FirstHit', 'Released');
  const { uid, resourceVersion, generation } = created.metadata;
  const wantProbe = { kind: 'DynamicLog', namespace, name: 'large', uid, resourceVersion, generation };
  expect(requested).toMatchObject({
    probe: wantProbe,
    requester: { username: 'ann', groups: expect.arrayContaining(['developers']) },
    location: { file: 'src/orders.ts', line: 42 },
  });
  for (const { probe, requester } of others) {
    expect(probe).toMatchObject({ uid, generation });
    expect(requester?.username).toBe('ann');
  }
  const wantAnnotations = { 'probe.davylamp.dev/uid': uid, 'probe.davylamp.dev/generation': '1' };
  const ofName = audited().filter(({ objectRef }) => objectRef.name === 'large');
  expect(ofName).toMatchObject([{ responseStatus: { code: 201 }, annotations: wantAnnotations }]);

  await probes.delete(created);
  const way = ['Requested', 'Decided', 'Armed', 'FirstHit', 'Released', 'Removed'] as const;
  const removed = (await until(...way)).at(-1);
  const wantEnd = { probe: { uid }, reason: 'Deleted', pods: 1, hits: 2, released: 2 };
  expect(removed).toMatchObject({ ...wantEnd, isConfirmed: false });

  await agent.desires((list) => list.length === 0);
  agent.states();
  const confirmed = (await until(...way, 'Removed')).at(-1);
  expect(confirmed).toMatchObject({ ...wantEnd, isConfirmed: true });
});

it('a policy that stops takes a probe out, and what it cuts is said', async () => {
  await policies.apply('short', { maxima: { limits: { maxHits: 7 } } });
  await vi.waitFor(async () => {
    await probes.apply('DynamicLog', 'cut', { message, limits: { maxHits: 50 } });
    expect(records().map(({ step }) => step)).toContain('Clamped');
  }, TIMES);
  // It may have been sent before the operator saw the policy.
  await agent.desires(([wire]) => wire?.limits.remainingHits === 7);
  agent.states();
  await probes.until('DynamicLog', 'cut', isArmed);
  await policies.apply('short', { stopped: { reason: 'Incident 42.' } });
  await agent.desires((list) => list.length === 0);
  agent.states();
  const found = await vi.waitFor(() => {
    const all = records();
    expect(all.at(-1)).toMatchObject({ step: 'Removed', reason: 'Stopped', isConfirmed: true });
    return all;
  }, TIMES);
  const wantCut = { policy: 'InstrumentationPolicy short', field: 'limits.maxHits', asked: 50, effective: 7 };
  expect(found.find(({ step }) => step === 'Clamped')).toMatchObject(wantCut);
  const ofPolicy = found.flatMap((one) => (one.step === 'Decided' ? [one.policies.at(-1)] : []));
  expect(ofPolicy.at(-1)).toMatchObject({ name: 'InstrumentationPolicy short', generation: 2 });
});

it('an approval, by the resourceVersion that it made', async () => {
  await policies.apply('careful', { approval: { requires: ['Ticket'] } });
  await vi.waitFor(async () => {
    await probes.apply('DynamicLog', 'guarded', { message });
    expect(records().at(-1)).toMatchObject({ step: 'AwaitingApproval' });
  }, TIMES);
  const { status } = await probes.until('DynamicLog', 'guarded', (probe) => probe.status?.approval !== undefined);
  const annotations = {
    'davylamp.dev/approve': status?.approval?.specHash,
    'davylamp.dev/approve-ticket': 'T-7',
  };
  const ref = { namespace, name: 'guarded' };
  const approved = await carol.mergePatch(probeResource('DynamicLog'), ref, { metadata: { annotations } });
  const { metadata } = KINDS.DynamicLog.schema.parse(approved);
  const found = await vi.waitFor(() => {
    const record = records().find(({ step }) => step === 'Approved');
    expect(record).toBeDefined();
    return record;
  }, TIMES);
  expect(found).toMatchObject({
    probe: { uid: metadata.uid, resourceVersion: metadata.resourceVersion },
    requester: { username: 'ann' },
    ...{ policy: 'InstrumentationPolicy careful', approvedBy: 'carol', ticket: 'T-7' },
  });
});

it('what is refused, by a name that the API server has in its own audit, and nothing of a dry run', async () => {
  const object = await probes.apply('DynamicLog', 'mine', { message });
  await policies.apply('closed', {
    rules: [{ name: 'no-snapshots', action: 'Deny', kinds: ['Snapshot'] }],
    maxima: {},
  });
  const refused = () => probes.apply('Snapshot', 'moment', {}).catch((error: unknown) => error);
  await vi.waitFor(async () => {
    await expect(dryRun('moment', 'Snapshot')).rejects.toMatchObject({ status: 403 });
  }, TIMES);
  const denied = () => records().filter((one) => one.step === 'Denied');
  expect(denied()).toEqual([]);

  expect(await refused()).toMatchObject({ status: 403 });
  const [record] = denied();
  expect(record).toMatchObject({
    probe: { kind: 'Snapshot', namespace, name: 'moment' },
    requester: { username: 'ann' },
    ...{ operation: 'CREATE', reason: 'PolicyDenied' },
    denials: [{ policy: 'InstrumentationPolicy closed', rule: 'no-snapshots' }],
  });
  const event = audited().find(({ objectRef, verb }) => objectRef.name === 'moment' && verb === 'patch');
  expect(event).toMatchObject({
    responseStatus: { code: 403 },
    annotations: { 'probe.davylamp.dev/record': record?.id },
  });

  await policies.apply('closed', { rules: [{ name: 'nothing', action: 'Deny' }] });
  const present = await vi.waitFor(async () => {
    const before = await probes.get('DynamicLog', 'mine');
    await expect(probes.apply('DynamicLog', 'mine', { message: 'other' })).rejects.toMatchObject({ status: 403 });
    return before;
  }, TIMES);
  const { uid, resourceVersion } = present.metadata;
  expect(uid).toBe(object.metadata.uid);
  const wantDenials = [{ rule: 'nothing' }];
  const wantProbe = { uid, resourceVersion };
  expect(denied().at(-1)).toMatchObject({ operation: 'UPDATE', probe: wantProbe, denials: wantDenials });
  expect(await operator.metrics()).toMatch(/^davylamp_audit_records_total\{step="Denied"\} [1-9]/m);
});
