import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { loadManifests } from '../../../src/local/manifests/manifests.ts';
import { defaultManifest, defaultManifestYaml } from '../../../src/local/policies/default-manifest.ts';
import {
  loadOfflinePolicies,
  NoPoliciesError,
  type OfflinePolicies,
  type OfflineQuestion,
} from '../../../src/local/policies/offline-policies.ts';
import { openQuestions } from '../../../src/local/policies/open-questions.ts';
import { describeIssue } from '../../../src/local/reporter.ts';
import { describePolicy } from '../../../src/policy/policy-view.ts';
import { log, snap } from '../../policy/fixtures.ts';
import { clusterPolicyYaml, directoryOf, grantYaml, policyYaml } from './policy-directory.ts';

const ANN = { username: 'ann', groups: ['developers'] };
const BOB = { username: 'bob', groups: ['oncall'] };
const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: shop}}\n';

async function policiesOf(files: Readonly<Record<string, string>>, defaultFile?: string): Promise<OfflinePolicies> {
  const directory = await directoryOf(files);
  const file = defaultFile === undefined ? undefined : join(directory, defaultFile);
  const { policies, issues } = await loadOfflinePolicies([directory], file);
  if (policies === undefined) throw new Error(issues.map(describeIssue).join('\n'));
  return policies;
}

async function problemsOf(files: Readonly<Record<string, string>>, defaultFile?: string): Promise<string[]> {
  const directory = await directoryOf(files);
  const file = defaultFile === undefined ? undefined : join(directory, defaultFile);
  const { issues, policies } = await loadOfflinePolicies([directory], file);
  expect(policies).toBeUndefined();
  return issues.map((issue) => describeIssue(issue).replaceAll(`${directory}/`, ''));
}

describe('policies of a directory', () => {
  it('are read at any depth, the default policy before them', async () => {
    const { policies } = await policiesOf({
      'cluster/developers.yaml': clusterPolicyYaml('developers', '{maxima: {ttlSeconds: 600}}'),
      'shop/policy.yaml': policyYaml('strict', '{}'),
      'shop/probe.yaml': 'apiVersion: davylamp.dev/v1alpha1\nkind: DynamicLog\nmetadata: {name: broken}\n',
      'apps/deployment.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\n',
    });
    expect(policies.map(describePolicy)).toEqual([
      'the default policy',
      'ClusterInstrumentationPolicy developers',
      'InstrumentationPolicy strict',
    ]);
  });

  it('are of no use while anything that decides is wrong: what is not read would allow too much', async () => {
    expect(
      await problemsOf({
        'a.yaml': clusterPolicyYaml('a', '{maxima: {ttlSeconds: 1}}'),
        'b.yaml': clusterPolicyYaml('b', '{requester: Users}'),
        'c.yaml': grantYaml('use', 'a', 'developers').replace('resourceNames', 'resourcenames'),
        'd.yaml': NAMESPACE.replace('shop}', '7}'),
        'e.yaml': '{{ if .Values.policies }}\n',
        'f.yaml': clusterPolicyYaml('c', '{}').replace('Policy', 'Polcy'),
      }),
    ).toEqual([
      expect.stringMatching(/^a\.yaml:4:29: ClusterInstrumentationPolicy a spec\.maxima\.ttlSeconds: Too small/),
      'b.yaml:4:8: ClusterInstrumentationPolicy b spec.requester: unknown field; requesters is meant?',
      'c.yaml:4:96: ClusterRole use-a-developers rules[0].resourcenames: unknown field; resourceNames is meant?',
      expect.stringMatching(/^d\.yaml:3:39: Namespace shop metadata\.labels\.team: expected string/),
      expect.stringMatching(/^e\.yaml:1:\d+: not YAML: /),
      expect.stringMatching(/^f\.yaml:2:7: .* kind: "ClusterInstrumentationPolcy" is not known; there are /),
    ]);
  });

  it('must be there when a directory is given for them, and be there once', async () => {
    const nothing = await directoryOf({ 'a.yaml': NAMESPACE });
    await expect(loadOfflinePolicies([nothing])).rejects.toThrow(NoPoliciesError);
    expect((await loadOfflinePolicies([])).policies?.policies).toHaveLength(1);
    const one = clusterPolicyYaml('a', '{}');
    expect(await problemsOf({ 'a.yaml': one, 'b/a.yaml': one })).toEqual([
      'b/a.yaml:3:18: metadata.name: ClusterInstrumentationPolicy a is in a.yaml too; the later one would replace the earlier',
    ]);
  });

  it('govern by the labels of the namespace, of which its name is always one', async () => {
    const selected = (selector: string) =>
      clusterPolicyYaml('a', `{namespaceSelector: {matchLabels: {${selector}}}, maxima: {ttlSeconds: 60}}`);
    const ttl = async (files: Record<string, string>, question: Partial<OfflineQuestion> = {}) =>
      (await policiesOf(files)).decide({ probe: log(), ...question }).effective?.spec.ttlSeconds;
    expect(await ttl({ 'a.yaml': selected('kubernetes.io/metadata.name: shop') })).toBe(60);
    expect(await ttl({ 'a.yaml': selected('kubernetes.io/metadata.name: bank') })).toBe(1800);
    expect(await ttl({ 'a.yaml': selected('team: shop') })).toBe(1800);
    expect(await ttl({ 'a.yaml': selected('team: shop'), 'b.yaml': NAMESPACE })).toBe(60);
    expect(await ttl({ 'a.yaml': selected('team: shop') }, { namespaceLabels: { team: 'shop' } })).toBe(60);
  });

  it('govern by the labels of a pod, of which those are known that the probe demands', async () => {
    const ofOrders = clusterPolicyYaml('a', '{podSelector: {matchLabels: {app: orders}}, maxima: {ttlSeconds: 60}}');
    const policies = await policiesOf({ 'a.yaml': ofOrders });
    expect(policies.decide({ probe: log() }).effective?.spec.ttlSeconds).toBe(60);
    expect(policies.decide({ probe: log(), podLabels: { app: 'other' } }).effective?.spec.ttlSeconds).toBe(1800);
    const target = { selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['orders', 'x'] }] } };
    expect(policies.decide({ probe: log({ target }) }).effective?.spec.ttlSeconds).toBe(60);
  });
});

describe('who may use a policy', () => {
  const files = {
    'policy.yaml': clusterPolicyYaml('developers', '{requesters: OnlyUsers, maxima: {ttlSeconds: 60}}'),
    'rbac.yaml': grantYaml('use', 'developers', 'developers', 'shop'),
  };

  it('is who holds the verb use in the namespace of the probe', async () => {
    const policies = await policiesOf(files);
    expect(policies.decide({ probe: log(), requester: ANN })).toMatchObject({ decision: 'Accepted' });
    expect(policies.decide({ probe: log(), requester: BOB })).toMatchObject({
      decision: 'Denied',
      reasons: [{ policy: 'ClusterInstrumentationPolicy developers', field: 'spec' }],
    });
    const elsewhere = { ...log(), metadata: { ...log().metadata, namespace: 'bank' } };
    expect(policies.decide({ probe: elsewhere, requester: ANN }).decision).toBe('Denied');
  });

  it('is everybody while it is not known who asks, which is told', async () => {
    const policies = await policiesOf(files);
    expect(policies.decide({ probe: log() }).decision).toBe('Accepted');
    const open = (question: OfflineQuestion) =>
      openQuestions(policies, question).map(({ policy, about }) => `${policy.name}: ${about}`);
    expect(open({ probe: log() })).toEqual(['developers: requester']);
    expect(open({ probe: log(), requester: ANN })).toEqual([]);
  });
});

describe('what only a cluster knows', () => {
  const open = async (spec: string, question: Partial<OfflineQuestion> = {}, more: Record<string, string> = {}) =>
    openQuestions(await policiesOf({ 'a.yaml': clusterPolicyYaml('a', spec), ...more }), {
      probe: log(),
      ...question,
    }).map(({ about }) => about);

  it('is which other labels pods have', async () => {
    expect(await open('{podSelector: {matchLabels: {tier: backend}}}')).toEqual(['podLabels']);
    expect(await open('{podSelector: {matchLabels: {tier: backend, app: orders}}}')).toEqual(['podLabels']);
    expect(await open('{podSelector: {matchLabels: {tier: backend, app: other}}}')).toEqual([]);
    expect(await open('{podSelector: {matchLabels: {app: orders}}}')).toEqual([]);
    expect(await open('{podSelector: {matchLabels: {tier: backend}}}', { podLabels: { app: 'orders' } })).toEqual([]);
    const probe = snap({ target: { workloadRef: { kind: 'Deployment', name: 'orders' } } });
    expect(await open('{podSelector: {matchLabels: {app: orders}}}', { probe })).toEqual(['podLabels']);
  });

  it('is which labels a namespace has that is in no manifest', async () => {
    expect(await open('{namespaceSelector: {matchLabels: {team: bank}}}')).toEqual(['namespaceLabels']);
    expect(await open('{namespaceSelector: {matchLabels: {team: bank}}}', {}, { 'b.yaml': NAMESPACE })).toEqual([]);
    expect(await open('{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: bank}}}')).toEqual([]);
  });

  it('is which labels such a namespace has not, by which a policy counts', async () => {
    const without = (key: string) =>
      `{namespaceSelector: {matchExpressions: [{key: ${key}, operator: NotIn, values: [bank]}]}}`;
    expect(await open(without('team'))).toEqual(['noNamespaceLabels']);
    expect(await open(without('team'), {}, { 'b.yaml': NAMESPACE })).toEqual([]);
    expect(await open(without('team'), { namespaceLabels: { team: 'shop' } })).toEqual([]);
    expect(await open(without('kubernetes.io/metadata.name'))).toEqual([]);
  });

  it('is in which namespace a probe will be whose manifest names none', async () => {
    const isPlaced = false;
    const ofTeam = '{namespaceSelector: {matchLabels: {team: bank}}}';
    expect(await open(ofTeam, { isPlaced })).toEqual(['namespace']);
    expect(await open('{namespaceSelector: {}}', { isPlaced })).toEqual([]);
    expect(await open('{podSelector: {matchLabels: {tier: backend}}}', { isPlaced })).toEqual(['podLabels']);
    const otherPods = '{namespaceSelector: {matchLabels: {team: bank}}, podSelector: {matchLabels: {app: other}}}';
    expect(await open(otherPods, { isPlaced })).toEqual([]);
    const policies = await policiesOf({ 'p.yaml': policyYaml('bank', '{}', 'bank') });
    expect(openQuestions(policies, { probe: log(), isPlaced }).map(({ about }) => about)).toEqual(['namespace']);
    expect(openQuestions(policies, { probe: log() })).toEqual([]);
  });

  it('is who may use a policy there, where that is granted in some namespaces only', async () => {
    const users = '{requesters: Users}';
    const question = { isPlaced: false, requester: ANN };
    expect(await open(users, question, { 'r.yaml': grantYaml('use', 'a', 'developers', 'bank') })).toEqual([
      'namespace',
    ]);
    expect(await open(users, question, { 'r.yaml': grantYaml('use', 'a', 'developers') })).toEqual([]);
    expect(await open(users, question)).toEqual([]);
  });

  it('is in which namespace a policy will be whose manifest names none, unless it is given', async () => {
    const directory = await directoryOf({ 'p.yaml': policyYaml('team', '{}').replace(', namespace: shop', '') });
    const about = async (namespace?: string) => {
      const { policies } = await loadOfflinePolicies([directory], undefined, namespace);
      return policies && openQuestions(policies, { probe: log() }).map((one) => one.about);
    };
    expect(await about()).toEqual(['namespace']);
    expect(await about('shop')).toEqual([]);
    expect(await about('bank')).toEqual([]);
  });

  it('is how much of a quota is left, where it counts', async () => {
    expect(await open('{quota: {namespace: {probes: 3}}}')).toEqual(['quota']);
    expect(await open('{quota: {namespace: {probes: 3}}, podSelector: {matchLabels: {app: other}}}')).toEqual([]);
    expect(await open('{quota: {namespace: {probes: 3}}, requesters: Users}', { requester: ANN })).toEqual([]);
  });
});

describe('approval', () => {
  const files = {
    'policy.yaml': clusterPolicyYaml('payments', '{approval: {requires: [Ticket]}}'),
    'rbac.yaml': grantYaml('approve', 'payments', 'oncall'),
  };
  const asked = async (approver?: typeof ANN, ticket?: string, more: Record<string, string> = {}) => {
    const policies = await policiesOf({ ...files, ...more });
    const approval = approver && { approver, ticket };
    const { decision, reasons } = policies.decide({ probe: log(), requester: ANN, approval });
    return [decision, ...reasons.map(({ policy, message }) => `${policy}: ${message}`)];
  };

  it('is waited for, and counts of somebody else who holds the verb approve', async () => {
    expect(await asked()).toEqual([
      'AwaitingApproval',
      'ClusterInstrumentationPolicy payments: it waits until somebody other than its requester, who has the RBAC verb approve on the policy, approves it',
    ]);
    expect(await asked(BOB, 'OPS-7')).toEqual(['Accepted']);
  });

  it.each([
    [
      'of the requester',
      ANN,
      'OPS-7',
      'the approval of ann does not count: it must be of somebody other than the requester',
    ],
    [
      'of somebody without the verb',
      { username: 'eve', groups: ['developers'] },
      'OPS-7',
      'the approval of eve does not count: it needs the RBAC verb approve on ClusterInstrumentationPolicy payments',
    ],
    ['without what the policy requires', BOB, undefined, 'the approval of bob does not count: it must give a ticket'],
  ])('%s does not count', async (_, approver, ticket, want) => {
    expect(await asked(approver, ticket)).toEqual([
      'AwaitingApproval',
      `ClusterInstrumentationPolicy payments: ${want}`,
    ]);
  });

  it('must be good for every policy that asks for it', async () => {
    const other = { 'other.yaml': clusterPolicyYaml('other', '{approval: {}}') };
    expect((await asked(BOB, 'OPS-7', other))[1]).toMatch(
      /needs the RBAC verb approve on ClusterInstrumentationPolicy other$/,
    );
  });

  it('does not lift a stop', async () => {
    const stopped = { 'stop.yaml': clusterPolicyYaml('stop', '{stopped: {reason: Incident 12}}') };
    expect(await asked(BOB, 'OPS-7', stopped)).toEqual([
      'Stopped',
      'ClusterInstrumentationPolicy stop: it holds every probe that it is about: Incident 12',
    ]);
  });
});

describe('the default policy', () => {
  it('is printed as a manifest that is read again as what is built in', async () => {
    const directory = await directoryOf({
      'default.yaml': defaultManifestYaml(),
      'p.yaml': clusterPolicyYaml('a', '{}'),
    });
    const { issues, policies } = await loadManifests([join(directory, 'default.yaml')]);
    expect(issues).toEqual([]);
    expect(policies[0]?.policy.spec).toEqual(defaultManifest().spec);
    expect(load(defaultManifestYaml())).toEqual(defaultManifest());
    const given = await loadOfflinePolicies([directory], join(directory, 'default.yaml'));
    const builtIn = await loadOfflinePolicies([join(directory, 'p.yaml')]);
    expect(given.policies?.policies).toEqual(builtIn.policies?.policies);
  });

  it('of a file takes the place of the built-in one, under whatever name', async () => {
    const files = {
      'p.yaml': clusterPolicyYaml('a', '{}'),
      'd.yaml': clusterPolicyYaml('mine', '{standing: Allowed}'),
    };
    const policies = await policiesOf(files, 'd.yaml');
    expect(policies.policies.map(describePolicy)).toEqual(['the default policy', 'ClusterInstrumentationPolicy a']);
    expect(policies.decide({ probe: log({ standing: true }) }).decision).toBe('Accepted');
  });

  const ABOUT_ALL = 'the default policy is about every probe; give what is about some as a policy of its own';
  it.each([
    [
      'governs some probes only',
      clusterPolicyYaml('mine', '{podSelector: {}, requesters: Users}'),
      [
        `d.yaml:4:8: ClusterInstrumentationPolicy mine spec.podSelector: ${ABOUT_ALL}`,
        `d.yaml:4:37: ClusterInstrumentationPolicy mine spec.requesters: ${ABOUT_ALL}`,
      ],
    ],
    [
      'is of a namespace',
      policyYaml('mine', '{}'),
      [
        'd.yaml:1:1: the default policy is a ClusterInstrumentationPolicy; davylamp policy default prints the built-in one',
      ],
    ],
    [
      'is not there',
      NAMESPACE,
      [
        'd.yaml:1:1: the default policy is a ClusterInstrumentationPolicy; davylamp policy default prints the built-in one',
      ],
    ],
    [
      'is two',
      `${clusterPolicyYaml('a', '{}')}---\n${clusterPolicyYaml('b', '{}')}`,
      ['d.yaml:1:1: the default policy is one object; give the others as --policy'],
    ],
  ])('is refused where it %s', async (_, text, want) => {
    expect(await problemsOf({ 'p.yaml': clusterPolicyYaml('p', '{}'), 'd.yaml': text }, 'd.yaml')).toEqual(want);
  });
});
