import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentsOf } from '../../../src/local/manifests/documents.ts';
import { Rbac } from '../../../src/local/policies/rbac.ts';
import { readRbac } from '../../../src/local/policies/rbac-manifests.ts';
import type { Requester } from '../../../src/policy/requester.ts';

const USE = {
  verb: 'use',
  apiGroup: 'davylamp.dev',
  resource: 'clusterinstrumentationpolicies',
  name: 'developers',
  namespace: 'shop',
};
const ANN: Requester = { username: 'ann', groups: ['developers'] };
const ARGO: Requester = { username: 'system:serviceaccount:argocd:application-controller', groups: [] };

const RULE = `{apiGroups: [davylamp.dev], resources: [clusterinstrumentationpolicies], verbs: [use], resourceNames: [developers]}`;
const role = (rule = RULE, name = 'user', more = '') =>
  `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: ${name}}\nrules: [${rule}]\n${more}`;
const namespacedRole = (rule = RULE, namespace = 'shop') =>
  role(rule).replace('ClusterRole', 'Role').replace('{name: user}', `{name: user, namespace: ${namespace}}`);
const binding = (subject = '{kind: User, name: ann}', roleRef = '{kind: ClusterRole, name: user}') =>
  `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nsubjects: [${subject}]\nroleRef: ${roleRef}\n`;
const namespacedBinding = (subject?: string, roleRef?: string, namespace = 'shop') =>
  binding(subject, roleRef)
    .replace('ClusterRoleBinding', 'RoleBinding')
    .replace('{name: b}', `{name: b, namespace: ${namespace}}`);

const rbac = (...manifests: string[]): Rbac => {
  const { documents } = documentsOf(manifests.join('---\n'), 'rbac.yaml');
  return new Rbac(
    documents.map((document) => {
      const { object, issues } = readRbac(document, 'rbac.yaml') ?? { issues: [] };
      if (object === undefined) throw new Error(JSON.stringify(issues));
      return object;
    }),
  );
};
const holds = (manifests: string[], requester = ANN, question = USE) => rbac(...manifests).allows(requester, question);

describe('a verb on a policy is held', () => {
  it('by nobody unless a binding grants it', () => {
    expect(holds([])).toBe(false);
    expect(holds([role()])).toBe(false);
    expect(holds([role(), binding('')])).toBe(false);
  });

  it('everywhere with a ClusterRoleBinding, in its namespace with a RoleBinding to Role or ClusterRole', () => {
    const inBank = { ...USE, namespace: 'bank' };
    expect(holds([role(), binding()])).toBe(true);
    expect(holds([role(), binding()], ANN, inBank)).toBe(true);
    expect(holds([role(), namespacedBinding()])).toBe(true);
    expect(holds([role(), namespacedBinding()], ANN, inBank)).toBe(false);
    expect(holds([namespacedRole(), namespacedBinding(undefined, '{kind: Role, name: user}')])).toBe(true);
  });

  it('not through a role that is missing, is in another namespace, or is of the other kind', () => {
    expect(holds([binding()])).toBe(false);
    expect(holds([namespacedRole(RULE, 'bank'), namespacedBinding(undefined, '{kind: Role, name: user}')])).toBe(false);
    expect(holds([namespacedRole(), namespacedBinding()])).toBe(false);
    expect(holds([role(), namespacedBinding(undefined, '{kind: Role, name: user}')])).toBe(false);
  });

  it.each([
    ['all names where resourceNames is missing', RULE.replace(/, resourceNames.*]/, ''), true],
    ['all names where resourceNames is empty', RULE.replace('[developers]', '[]'), true],
    ['no other name', RULE.replace('[developers]', '[developer, "*"]'), false],
    ['every verb with *', RULE.replace('[use]', '["*"]'), true],
    ['no other verb', RULE.replace('[use]', '[get, approve]'), false],
    ['no verb in another case', RULE.replace('[use]', '[Use]'), false],
    ['every group with *', RULE.replace('[davylamp.dev]', '["*"]'), true],
    ['no group below', RULE.replace('[davylamp.dev]', '["*.dev", x.davylamp.dev, ""]'), false],
    ['every resource with *', RULE.replace('[clusterinstrumentationpolicies]', '["*"]'), true],
    [
      'no subresource',
      RULE.replace('[clusterinstrumentationpolicies]', '[clusterinstrumentationpolicies/status]'),
      false,
    ],
    [
      'no subresource of all',
      RULE.replace('[clusterinstrumentationpolicies]', '["*/status", "*/*", clusterinstrumentationpolicies/*]'),
      false,
    ],
    ['not the other kind', RULE.replace('clusterinstrumentationpolicies', 'instrumentationpolicies'), false],
    ['no path', '{nonResourceURLs: ["*"], verbs: ["*"]}', false],
    ['what one of several rules grants', `{apiGroups: [""], resources: [pods], verbs: [get]}, ${RULE}`, true],
  ])('where a rule is about it: %s', (_, rule, want) => {
    expect(holds([role(rule), binding()])).toBe(want);
  });

  it.each<[string, string, Requester, boolean]>([
    ['a user', '{kind: User, name: ann, apiGroup: rbac.authorization.k8s.io}', ANN, true],
    ['no user of another case', '{kind: User, name: Ann}', ANN, false],
    ['a group', '{kind: Group, name: developers}', ANN, true],
    ['no user who is called as the group', '{kind: Group, name: ann}', ANN, false],
    ['everybody who is authenticated', '{kind: Group, name: "system:authenticated"}', ANN, true],
    [
      'nobody who is not',
      '{kind: Group, name: "system:authenticated"}',
      { username: 'system:anonymous', groups: [] },
      false,
    ],
    [
      'who is not authenticated',
      '{kind: Group, name: "system:unauthenticated"}',
      { username: 'system:anonymous', groups: [] },
      true,
    ],
    ['a service account', '{kind: ServiceAccount, name: application-controller, namespace: argocd}', ARGO, true],
    [
      'a service account as a user',
      '{kind: User, name: "system:serviceaccount:argocd:application-controller"}',
      ARGO,
      true,
    ],
    [
      'no service account of another namespace',
      '{kind: ServiceAccount, name: application-controller, namespace: flux}',
      ARGO,
      false,
    ],
    ['every service account', '{kind: Group, name: "system:serviceaccounts"}', ARGO, true],
    ['every service account of a namespace', '{kind: Group, name: "system:serviceaccounts:argocd"}', ARGO, true],
    ['none of another one', '{kind: Group, name: "system:serviceaccounts:flux"}', ARGO, false],
    ['one of several subjects', '{kind: User, name: bob}, {kind: Group, name: developers}', ANN, true],
  ])('by whom a binding names: %s', (_, subject, requester, want) => {
    expect(holds([role(), binding(subject)], requester)).toBe(want);
  });

  it('by the service account of its own namespace that a RoleBinding names by its name alone', () => {
    const subject = '{kind: ServiceAccount, name: application-controller}';
    const inArgo = { ...USE, namespace: 'argocd' };
    expect(holds([role(), namespacedBinding(subject, undefined, 'argocd')], ARGO, inArgo)).toBe(true);
    expect(holds([role(), namespacedBinding(subject)], ARGO)).toBe(false);
  });

  it('by whoever is bound to cluster-admin, or is of system:masters', () => {
    expect(holds([binding(undefined, '{kind: ClusterRole, name: cluster-admin}')])).toBe(true);
    expect(holds([namespacedBinding(undefined, '{kind: ClusterRole, name: cluster-admin}')])).toBe(true);
    expect(holds([], { username: 'root', groups: ['system:masters'] })).toBe(true);
  });
});

describe('an aggregated ClusterRole', () => {
  const labelled = (labels: string, name: string, rule = RULE) =>
    role(rule, name).replace(`{name: ${name}}`, `{name: ${name}, labels: {${labels}}}`);
  const aggregate = (selectors: string, name = 'user', rule = '') =>
    role(rule, name, `aggregationRule: {clusterRoleSelectors: [${selectors}]}\n`);

  it('has the rules of the roles that one of its selectors selects', () => {
    const selector = '{matchLabels: {for: "nobody"}}, {matchExpressions: [{key: for, operator: In, values: [users]}]}';
    expect(holds([labelled('for: users', 'part'), aggregate(selector), binding()])).toBe(true);
    expect(holds([labelled('for: others', 'part'), aggregate(selector), binding()])).toBe(false);
  });

  it('has none of the rules that are written in it, since the API server replaces them', () => {
    expect(holds([aggregate('{matchLabels: {for: users}}', 'user', RULE), binding()])).toBe(false);
  });

  it('has what those have that are aggregated themselves, though they select each other', () => {
    const middle = aggregate('{matchLabels: {level: low}}', 'middle').replace(
      '{name: middle}',
      '{name: middle, labels: {level: high}}',
    );
    const top = aggregate('{matchLabels: {level: high}}');
    expect(holds([labelled('level: low', 'part'), middle, top, binding()])).toBe(true);
    expect(holds([middle.replace('level: low', 'level: high'), top, binding()])).toBe(false);
  });

  it('of every cluster takes part: what is aggregated to view is held with edit', () => {
    const part = labelled('rbac.authorization.k8s.io/aggregate-to-view: "true"', 'part');
    for (const name of ['view', 'edit', 'admin'])
      expect(holds([part, binding(undefined, `{kind: ClusterRole, name: ${name}}`)])).toBe(true);
    const ofEdit = labelled('rbac.authorization.k8s.io/aggregate-to-edit: "true"', 'part');
    expect(holds([ofEdit, binding(undefined, '{kind: ClusterRole, name: view}')])).toBe(false);
  });
});

describe('a manifest of RBAC', () => {
  const problems = (text: string): string[] => {
    const [document] = documentsOf(text, 'rbac.yaml').documents;
    const { issues } = (document && readRbac(document, 'rbac.yaml')) ?? { issues: [] };
    return issues.map(
      ({ line, column, object, field, message }) => `${line}:${column}: ${object} ${field}: ${message}`,
    );
  };

  it('of another group is none', () => {
    const [document] = documentsOf('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n', 'a.yaml').documents;
    expect(document && readRbac(document, 'a.yaml')).toBeUndefined();
  });

  it('may leave out what it binds or grants', () => {
    expect(problems(role().replace(/rules:.*\n/, 'rules: null\n'))).toEqual([]);
    expect(problems(binding().replace(/subjects:.*\n/, ''))).toEqual([]);
  });

  it.each([
    [
      'a misspelt field',
      role(RULE.replace('resourceNames', 'resourceName')),
      '4:96: ClusterRole user rules[0].resourceName: unknown field; resourceNames is meant?',
    ],
    [
      'a rule without verbs',
      role('{apiGroups: [a], resources: [b]}'),
      '4:9: ClusterRole user rules[0].verbs: a rule needs at least one entry in verbs',
    ],
    [
      'a rule about nothing',
      role('{apiGroups: [a], verbs: [get]}'),
      '4:9: ClusterRole user rules[0].resources: a rule about resources needs at least one entry in resources',
    ],
    [
      'a rule about both',
      role(RULE.replace('}', ', nonResourceURLs: [/x]}')),
      '4:142: ClusterRole user rules[0].nonResourceURLs: a rule is about resources or about nonResourceURLs; write two rules',
    ],
    [
      'a path in a Role',
      namespacedRole('{nonResourceURLs: [/x], verbs: [get]}'),
      '4:27: Role user rules[0].nonResourceURLs: only a ClusterRole has rules about nonResourceURLs',
    ],
    [
      'a subject of no kind',
      binding('{kind: Team, name: a}'),
      /^4:19: ClusterRoleBinding b subjects\[0\]\.kind: .*"User"\|"Group"\|"ServiceAccount", but it is "Team"$/,
    ],
    [
      'a service account without a namespace',
      binding('{kind: ServiceAccount, name: a}'),
      '4:12: ClusterRoleBinding b subjects[0].namespace: a ServiceAccount of a ClusterRoleBinding needs its namespace',
    ],
    [
      'a service account in a group',
      namespacedBinding('{kind: ServiceAccount, name: a, apiGroup: rbac.authorization.k8s.io}'),
      '4:54: RoleBinding b subjects[0].apiGroup: of a ServiceAccount must be left out, but it is "rbac.authorization.k8s.io"',
    ],
    [
      'a user in no group',
      binding('{kind: User, name: a, apiGroup: v1}'),
      '4:44: ClusterRoleBinding b subjects[0].apiGroup: of a User must be rbac.authorization.k8s.io, but it is "v1"',
    ],
    [
      'a cluster that binds a Role',
      binding(undefined, '{kind: Role, name: a}'),
      /^5:17: ClusterRoleBinding b roleRef\.kind: .*"ClusterRole", but it is "Role"$/,
    ],
    [
      'a binding to nothing',
      binding().replace(/roleRef:.*\n/, ''),
      '1:1: ClusterRoleBinding b roleRef: required field is missing',
    ],
    [
      'an aggregation of nothing',
      role(RULE, 'user', 'aggregationRule: {clusterRoleSelectors: []}\n'),
      /^5:41: .*clusterRoleSelectors: Too small/,
    ],
    [
      'another version',
      role().replace('/v1', '/v1beta1'),
      '1:13: ClusterRole user apiVersion: rbac.authorization.k8s.io/v1beta1 is not served; use rbac.authorization.k8s.io/v1',
    ],
    [
      'another kind',
      role().replace('ClusterRole', 'ClusterRoles'),
      '2:7: ClusterRoles user kind: "ClusterRoles" is not known; there are Role, ClusterRole, RoleBinding, ClusterRoleBinding',
    ],
    [
      'a name with a slash',
      role(RULE, 'a/b'),
      '3:18: ClusterRole a/b metadata.name: Must be no . or .. and contain no / or %, but it is "a/b"',
    ],
  ])('points at %s', (_, text, want) => {
    expect(problems(text)).toEqual([typeof want === 'string' ? want : expect.stringMatching(want)]);
  });

  it('of any content is read or refused, never more', () => {
    const value = fc.jsonValue();
    const object = fc.record(
      {
        apiVersion: fc.constant('rbac.authorization.k8s.io/v1'),
        kind: fc.constantFrom('Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'),
        metadata: fc.oneof(value, fc.constant({ name: 'a' })),
        rules: fc.oneof(value, fc.array(value)),
        subjects: fc.oneof(value, fc.array(value)),
        roleRef: fc.oneof(value, fc.record({ kind: value, name: value })),
        aggregationRule: value,
      },
      { requiredKeys: ['apiVersion', 'kind'] },
    );
    fc.assert(
      fc.property(object, (written) => {
        const [document] = documentsOf(JSON.stringify(written), 'rbac.json').documents;
        const read = document && readRbac(document, 'rbac.json');
        expect(read?.object === undefined).toBe((read?.issues.length ?? 0) > 0);
        if (read?.object !== undefined) new Rbac([read.object]).allows(ANN, USE);
      }),
    );
  });
});
