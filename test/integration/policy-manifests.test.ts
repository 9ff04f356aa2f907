import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { probeResource } from '../../src/api/kinds.ts';
import { policyResource } from '../../src/api/resources.ts';
import { ApiError } from '../../src/kube/api-error.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { defaultPolicy } from '../../src/policy/default-policy.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { dynamicLog } from './manifests.ts';
import { createNamespace } from './namespace.ts';

let client: KubeClient;
let namespace: string;
beforeAll(async () => {
  client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  namespace = await createNamespace(client);
});
afterAll(() => client.close());

const OF_CLUSTER = policyResource('ClusterInstrumentationPolicy');
const OF_NAMESPACE = policyResource('InstrumentationPolicy');
const strictly = { query: { dryRun: 'All', fieldValidation: 'Strict' } };

async function answer(spec: object, ofCluster = true): Promise<string> {
  const resource = ofCluster ? OF_CLUSTER : OF_NAMESPACE;
  const body = { apiVersion: 'davylamp.dev/v1alpha1', kind: resource.kind, metadata: { name: 'team' }, spec };
  try {
    await client.create(resource, ofCluster ? {} : { namespace }, body, strictly);
    return 'accepted';
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
}

const allow = { name: 'own', action: 'Allow' };

describe('the API server accepts a policy', () => {
  it('as the default policy is printed, and with everything that there is', async () => {
    expect(await answer(defaultPolicy().spec)).toBe('accepted');
    const whole = {
      podSelector: { matchLabels: { app: 'orders' } },
      requesters: 'OnlyUsers',
      rules: [
        {
          ...allow,
          kinds: ['DynamicLog'],
          files: ['src/**'],
          functions: ['Order*'],
          packages: ['@nestjs/*'],
          expressions: 'Proven',
          otherFrames: false,
          message: 'x',
        },
        { name: 'never', action: 'Deny', expressions: 'Checked' },
      ],
      maxima: { ttlSeconds: 600, limits: { capturesPerSecond: 1 }, capture: { frames: 1 } },
      quota: { namespace: { probes: 3 }, workload: { cpuMillisecondsPerSecond: 20 }, requester: { probes: 1 } },
      attach: 'Forbidden',
      sinks: { allowed: [] },
      redaction: { mode: 'AllowList', allow: ['id'], names: ['iban'], patterns: ['EMP-\\d+'], replacement: 'Mask' },
      standing: 'Allowed',
      approval: { requires: ['Reason'] },
      stopped: { reason: 'Incident 42.' },
    };
    expect(await answer(whole, false)).toBe('accepted');
    expect(await answer({ ...whole, namespaceSelector: {} })).toBe('accepted');
  });
});

describe('the API server refuses a policy', () => {
  it.each([
    [
      'a selector of namespaces in a namespace',
      { namespaceSelector: {} },
      'unknown field "spec.namespaceSelector"',
      false,
    ],
    [
      'a rule that denies reading',
      { rules: [{ name: 'a', action: 'Deny', expressions: 'PropertiesOnly' }] },
      'expressions of a Deny rule is Proven or Checked',
      true,
    ],
    [
      'a rule that denies two things',
      { rules: [{ name: 'a', action: 'Deny', expressions: 'Proven', otherFrames: true }] },
      'write two rules',
      true,
    ],
    ['two rules of one name', { rules: [allow, allow] }, 'Duplicate value', true],
    ['a maximum that no probe can have', { maxima: { ttlSeconds: 5 } }, 'spec.maxima.ttlSeconds', true],
    [
      'an allow-list without its mode',
      { redaction: { allow: ['id'] } },
      'redaction.allow goes with mode AllowList',
      true,
    ],
    ['requesters of another kind', { requesters: 'Nobody' }, 'spec.requesters', true],
  ])('with %s', async (_, spec, wantMessage, ofCluster) => {
    expect(await answer(spec, ofCluster)).toContain(wantMessage);
  });
});

describe('a new object', () => {
  const writtenSchema = z.looseObject({ spec: z.looseObject({}) });

  it('has no limit that its author did not write', async () => {
    const created = await client.create(probeResource('DynamicLog'), { namespace }, dynamicLog({ redaction: {} }), {
      query: { dryRun: 'All' },
    });
    const { spec } = writtenSchema.parse(created);
    expect(Object.keys(spec).sort()).toEqual(['level', 'location', 'message', 'redaction', 'target']);
    expect(spec.redaction).toEqual({});
  });
});
