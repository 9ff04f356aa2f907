import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testRecord, testReport } from '../../../src/cli/policy-test-report.ts';
import { NoTestsError } from '../../../src/local/policy-tests/find-tests.ts';
import { runPolicyTests } from '../../../src/local/policy-tests/run-tests.ts';
import { createPaint } from '../../../src/local/terminal/paint.ts';
import { clusterPolicyYaml, directoryOf, grantYaml, policyYaml, probeYaml } from '../policies/policy-directory.ts';

const HEAD = 'apiVersion: davylamp.dev/v1alpha1\nkind: PolicyTest\nmetadata: {name: shop}\n';
const LOGS_ONLY = clusterPolicyYaml(
  'developers',
  '{requesters: Users, maxima: {ttlSeconds: 600}, rules: [{name: logs-only, action: Allow, kinds: [DynamicLog], expressions: Proven}]}',
);
const FILES = {
  'policies/developers.yaml': LOGS_ONLY,
  'policies/rbac/developers.yaml': grantYaml('use', 'developers', 'developers'),
  'policies/payments.yaml': clusterPolicyYaml(
    'payments',
    '{namespaceSelector: {matchLabels: {team: payments}}, approval: {}}',
  ),
  'policies/namespaces.yaml':
    'apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Namespace, metadata: {name: shop}}, {apiVersion: v1, kind: Namespace, metadata: {name: default}}, {apiVersion: v1, kind: Namespace, metadata: {name: bank}}]\n',
  'policies/rbac/oncall.yaml': grantYaml('approve', 'payments', 'oncall'),
  'tests/probes/log.yaml': probeYaml(['ttlSeconds: 3600']),
  'tests/probes/snapshot.yaml': probeYaml([], 'Snapshot'),
};

/** A test with these cases, each a mapping of YAML in one line. */
const testYaml = (...cases: string[]): string =>
  `${HEAD}policies: [../policies]\ncases:\n${cases.map((one) => `  - ${one}\n`).join('')}`;

async function report(files: Readonly<Record<string, string>>, path = '.'): Promise<string> {
  const directory = await directoryOf(files);
  const text = testReport(await runPolicyTests([join(directory, path)]), createPaint(false));
  return text.replaceAll(`${directory}/`, '');
}

const ofTest = (...cases: string[]): Promise<string> => report({ ...FILES, 'tests/shop.yaml': testYaml(...cases) });

const ANN = 'requester: {username: ann, groups: [developers]}';
const BOB = 'requester: {username: bob}';
const LOG = 'manifest: probes/log.yaml';
const SNAPSHOT = 'manifest: probes/snapshot.yaml';

describe('davylamp policy test', () => {
  it('has a line for each case that is as expected', async () => {
    expect(
      await ofTest(
        `{name: developers may log for ten minutes, ${ANN}, ${LOG}, expect: {decision: Accepted, effective: {ttlSeconds: 600, calls: Proven, limits: {maxHits: 10000}}, policies: [developers], cuts: [ttlSeconds]}}`,
        `{name: developers may take no snapshots, ${ANN}, ${SNAPSHOT}, expect: {decision: Denied, policy: ClusterInstrumentationPolicy developers, message: no rule allows a Snapshot}}`,
        `{name: others are as free as by default, ${BOB}, ${LOG}, expect: {decision: Accepted, effective: {ttlSeconds: 3600}, policies: [], cuts: []}}`,
        `{name: nobody is free without an end, ${BOB}, probe: {apiVersion: davylamp.dev/v1alpha1, kind: DynamicLog, metadata: {name: a}, spec: {target: {selector: {matchLabels: {a: b}}}, location: {function: f}, message: x, standing: true}}, expect: {decision: Denied, policy: the default policy}}`,
      ),
    ).toBe(`✓ shop: developers may log for ten minutes
✓ shop: developers may take no snapshots
✓ shop: others are as free as by default
✓ shop: nobody is free without an end
✓ 4 cases, all as expected
`);
  });

  it('says what was wanted and what came, each where it stands in the file', async () => {
    expect(
      await ofTest(
        `{name: snapshots are free, ${ANN}, ${SNAPSHOT}, expect: {decision: Accepted, effective: {ttlSeconds: 5}, policies: []}}`,
        `{name: logs are not, ${ANN}, ${LOG}, expect: {decision: Denied, policy: the default policy, rule: none, message: no}}`,
        `{name: a log is cut otherwise, ${ANN}, ${LOG}, expect: {decision: Accepted, effective: {ttlSeconds: 60, limits: {maxHits: 5, none: 1}, redaction: {names: [x]}}, cuts: [limits.maxHits]}}`,
        `{name: for another reason, ${ANN}, ${SNAPSHOT}, expect: {decision: Denied, policy: ClusterInstrumentationPolicy developers, message: not today}}`,
      ),
    ).toBe(`✗ shop: snapshots are free
    tests/shop.yaml:6:133: decision: wanted Accepted, came Denied
    tests/shop.yaml:6:154: effective: wanted {"ttlSeconds":5}, came nothing
    tests/shop.yaml:6:181: policies: wanted [], came ["developers"]
    Denied by ClusterInstrumentationPolicy developers: no rule allows a Snapshot
✗ shop: logs are not
    tests/shop.yaml:7:122: decision: wanted Denied, came Accepted
    tests/shop.yaml:7:138: policy: wanted the default policy, came nothing
    tests/shop.yaml:7:164: rule: wanted none, came nothing
    tests/shop.yaml:7:179: message: wanted no, came nothing
✗ shop: a log is cut otherwise
    tests/shop.yaml:8:166: effective.ttlSeconds: wanted 60, came 600
    tests/shop.yaml:8:188: effective.limits.maxHits: wanted 5, came 10000
    tests/shop.yaml:8:197: effective.limits.none: wanted 1, came nothing
    tests/shop.yaml:8:220: effective.redaction.names: wanted ["x"], came []
    tests/shop.yaml:8:233: cuts: wanted ["limits.maxHits"], came ["ttlSeconds"]
✗ shop: for another reason
    tests/shop.yaml:9:199: message: wanted not today, came no rule allows a Snapshot
    Denied by ClusterInstrumentationPolicy developers: no rule allows a Snapshot
✗ 4 of 4 cases not as expected
`);
  });

  it('asks for approval where policies do, and takes that of who may give it', async () => {
    const payments = `namespaceLabels: {team: payments}, ${ANN}, ${LOG}`;
    const asks = 'policy: ClusterInstrumentationPolicy payments';
    expect(
      await ofTest(
        `{name: unapproved, ${payments}, expect: {decision: AwaitingApproval, ${asks}, effective: {ttlSeconds: 600}}}`,
        `{name: approved, ${payments}, approvedBy: {username: bob, groups: [oncall]}, expect: {decision: Accepted}}`,
        `{name: by herself, ${payments}, approvedBy: {username: ann, groups: [oncall]}, expect: {decision: AwaitingApproval, ${asks}, message: other than the requester}}`,
        `{name: by one who may not, ${payments}, approvedBy: {serviceAccount: argocd/controller}, expect: {decision: AwaitingApproval, message: needs the RBAC verb approve}}`,
      ),
    ).toBe(
      '✓ shop: unapproved\n✓ shop: approved\n✓ shop: by herself\n✓ shop: by one who may not\n✓ 4 cases, all as expected\n',
    );
  });

  it('knows service accounts, and takes the namespace of a case where the probe has none', async () => {
    const strict = policyYaml('strict', '{stopped: {reason: closed}}', 'bank');
    const probe = probeYaml().replace('  namespace: shop\n', '');
    const grant = grantYaml('use', 'developers', 'system:serviceaccounts:argocd');
    const argo = 'requester: {serviceAccount: argocd/application-controller}';
    expect(
      await report({
        ...FILES,
        'policies/strict.yaml': strict,
        'policies/rbac/argo.yaml': grant,
        'tests/any.yaml': probe,
        'tests/shop.yaml': testYaml(
          `{name: in default, ${argo}, manifest: any.yaml, expect: {decision: Accepted, policies: [developers]}}`,
          `{name: in bank, ${argo}, namespace: bank, manifest: any.yaml, expect: {decision: Stopped, policies: [developers, strict], message: closed}}`,
          `{name: in shop, ${argo}, namespace: bank, manifest: probes/log.yaml, expect: {decision: Accepted}}`,
        ),
      }),
    ).toMatch(/^✓ shop: in default\n✓ shop: in bank\n✓ shop: in shop\n/);
  });

  it('may replace the default policy', async () => {
    const test = testYaml(
      `{name: stands, ${BOB}, manifest: stands.yaml, expect: {decision: Accepted, effective: {ttlSeconds: null}}}`,
    ).replace('cases:', 'defaultPolicy: ../default.yaml\ncases:');
    const files = {
      ...FILES,
      'default.yaml': clusterPolicyYaml('any', '{standing: Allowed}'),
      'tests/stands.yaml': probeYaml(['standing: true']),
      'tests/shop.yaml': test,
    };
    expect(await report(files)).toBe('✓ shop: stands\n✓ 1 case, as expected\n');
  });

  it('asks for labels of a pod where policies need them and the probe does not say them', async () => {
    const workload = probeYaml().replace(
      '{selector: {matchLabels: {app: orders}}}',
      '{workloadRef: {kind: Job, name: a}}',
    );
    const files = (test: string, probe = workload) => ({
      'policies/a.yaml': clusterPolicyYaml('a', '{podSelector: {matchLabels: {tier: backend}}, stopped: {reason: x}}'),
      'tests/a.yaml': probe,
      'tests/t.yaml': testYaml(test),
    });
    const one = `${BOB}, manifest: a.yaml, expect: {decision: Stopped}`;
    expect(await report(files(`{name: a, ${one}}`))).toMatch(
      /^✗ shop: a\n {4}tests\/t\.yaml:6:5: PolicyTest shop cases\[0\]\.podLabels: the labels of a pod are needed: /,
    );
    expect(await report(files(`{name: a, podLabels: {tier: backend}, ${one}}`))).toMatch(/^✓ shop: a\n/);
    expect(await report(files(`{name: a, podLabels: {tier: backend}, ${one}}`, probeYaml()))).toMatch(
      /podLabels: spec\.target\.selector of the probe does not match a pod with these labels/,
    );
    expect(await report(files(`{name: a, ${one.replace('Stopped', 'Accepted')}}`, probeYaml()))).toBe(
      `✓ shop: a
note: these count only for pods with labels that the probes do not name, and are left out here: ClusterInstrumentationPolicy a
✓ 1 case, as expected
`,
    );
  });
});

describe('a test that is wrong', () => {
  const EXPECT = 'expect: {decision: Accepted}';

  it.each([
    [
      'a misspelt member',
      `{name: a, ${ANN}, ${LOG}, expects: {decision: Accepted}}`,
      [
        'tests/shop.yaml:6:5: PolicyTest shop cases[0].expect: required field is missing',
        'tests/shop.yaml:6:92: PolicyTest shop cases[0].expects: unknown field; expect is meant?',
      ],
    ],
    [
      'a decision that there is not',
      `{name: a, ${ANN}, ${LOG}, expect: {decision: Allowed}}`,
      [
        'tests/shop.yaml:6:111: PolicyTest shop cases[0].expect.decision: Invalid option: expected one of "Accepted"|"Denied"|"AwaitingApproval"|"Stopped", but it is "Allowed"',
      ],
    ],
    [
      'neither probe nor manifest',
      `{name: a, ${ANN}, ${EXPECT}}`,
      ['tests/shop.yaml:6:5: PolicyTest shop cases[0]: needs either manifest or probe'],
    ],
    [
      'no requester',
      `{name: a, requester: {groups: [x]}, ${LOG}, ${EXPECT}}`,
      [
        'tests/shop.yaml:6:26: PolicyTest shop cases[0].requester: needs either username (with groups) or serviceAccount',
      ],
    ],
    [
      'a service account without a namespace',
      `{name: a, requester: {serviceAccount: x}, ${LOG}, ${EXPECT}}`,
      [
        'tests/shop.yaml:6:43: PolicyTest shop cases[0].requester.serviceAccount: Must be NAMESPACE/NAME, but it is "x"',
      ],
    ],
  ])('is not run: %s', async (_, one, want) => {
    expect(await ofTest(one)).toBe(
      `${want.join('\n')}\n✗ 0 cases as expected; ${want.length} problem${want.length === 1 ? '' : 's'} kept others from being decided\n`,
    );
  });

  it.each([
    [
      'is not there',
      'manifest: none.yaml',
      /^tests\/shop\.yaml:6:75: PolicyTest shop cases\[0\]\.manifest: there is no file or directory tests\/none\.yaml; give /,
    ],
    [
      'is none',
      'manifest: shop.yaml',
      /cases\[0\]\.manifest: there is no DynamicLog or Snapshot in tests\/shop\.yaml$/,
    ],
    [
      'are two',
      'manifest: two.yaml',
      /cases\[0\]\.manifest: there are 2 probes in tests\/two\.yaml; a case is about one$/,
    ],
    ['is wrong', 'manifest: wrong.yaml', /^tests\/wrong\.yaml:8:41: DynamicLog orders spec\.location\.line: Too small/],
    ['is another object', 'probe: {kind: Pod}', /cases\[0\]\.probe: it must be one of DynamicLog, Snapshot$/],
    [
      'is wrong in the case',
      'probe: {apiVersion: davylamp.dev/v1alpha1, kind: DynamicLog, metadata: {name: a}, spec: {mesage: x}}',
      /^tests\/shop\.yaml:6:\d+: DynamicLog a spec\.mesage: unknown field; message is meant\?$/m,
    ],
  ])('fails its case where the probe %s', async (_, manifest, want) => {
    const text = await report({
      ...FILES,
      'tests/two.yaml': `${probeYaml()}---\n${probeYaml([], 'Snapshot')}`,
      'tests/wrong.yaml': probeYaml().replace('line: 42', 'line: 0'),
      'tests/shop.yaml': testYaml(`{name: a, ${ANN}, ${manifest}, ${EXPECT}}`),
    });
    const [first, ...rest] = text.split('\n').map((line) => line.trim());
    expect(first).toBe('✗ shop: a');
    expect(rest.join('\n').replace(/\n✗[\s\S]*$/, '')).toMatch(want);
    expect(text).toMatch(/✗ 1 of 1 case not as expected\n$/);
  });

  it('is told of its policies: that there are none, or what is wrong in them', async () => {
    const test = testYaml(`{name: a, ${ANN}, probe: {}, ${EXPECT}}`);
    expect(await report({ 'tests/t.yaml': test })).toMatch(
      /^tests\/t\.yaml:4:11: PolicyTest shop policies: there is no file or directory policies; give /,
    );
    expect(await report({ 'tests/t.yaml': test, 'policies/a.yaml': 'a: 1\n' })).toMatch(
      /^tests\/t\.yaml:4:11: PolicyTest shop policies: there is no InstrumentationPolicy or ClusterInstrumentationPolicy in policies; give /,
    );
    const broken = {
      'policies/a.yaml': clusterPolicyYaml('a', '{rule: []}'),
      'tests/t.yaml': test,
      'tests/u.yaml': test,
    };
    expect(
      await report(broken),
    ).toBe(`policies/a.yaml:4:8: ClusterInstrumentationPolicy a spec.rule: unknown field; rules is meant?
✗ 0 cases as expected; 1 problem kept others from being decided
`);
  });

  it('is an error where nothing is tested, since a check that checks nothing must not pass', async () => {
    const directory = await directoryOf(FILES);
    await expect(runPolicyTests([directory])).rejects.toThrow(NoTestsError);
    await expect(runPolicyTests([directory])).rejects.toThrow(/^there is no PolicyTest in .*; give the files/);
    const tested = await directoryOf({ ...FILES, 'tests/shop.yaml': testYaml(`{name: a, ${ANN}, ${LOG}, ${EXPECT}}`) });
    await expect(runPolicyTests([join(tested, 'tests'), join(tested, 'policies')])).rejects.toThrow(
      /PolicyTest in .*policies;/,
    );
    expect((await runPolicyTests([tested, join(tested, 'tests')])).cases).toHaveLength(1);
  });

  it('tells of one whose kind has a slip in it, beside others that are right', async () => {
    const good = testYaml(`{name: free, ${BOB}, ${LOG}, expect: {decision: Accepted}}`);
    const said = await report({
      ...FILES,
      'tests/good.yaml': good,
      'tests/bad.yaml': good.replace('PolicyTest', 'Policytests'),
    });
    expect(said).toContain(
      'tests/bad.yaml:2:7: Policytests shop kind: "Policytests" is not known; there are DynamicLog, Snapshot, InstrumentationPolicy, ClusterInstrumentationPolicy, PolicyTest',
    );
    expect(said).toContain('✗ ');
  });

  it('is passed over by nothing: a broken file that names PolicyTest is told, others of the tree are not', async () => {
    const files = {
      ...FILES,
      'chart/templates/x.yaml': '{{ if .Values.x }}\n',
      'tests/shop.yaml': testYaml(`{name: a, ${ANN}, ${LOG}, ${EXPECT}}`),
      'tests/broken.yaml': `${HEAD}cases: [\n`,
    };
    expect(await report(files)).toMatch(
      /^tests\/broken\.yaml:5:1: not YAML: .*\n✓ shop: a\n✗ 1 case as expected; 1 problem kept /,
    );
  });

  it('never breaks on what a person may save', async () => {
    const piece = fc.constantFrom(
      'name: a',
      'policies:',
      'cases:',
      '  - ',
      '{',
      '}',
      '[',
      ']',
      ': ',
      '\n',
      '- ',
      'probe: {kind: Snapshot}',
      ANN,
      'manifest: x',
      'expect: {decision: Denied}',
      '&a',
      '*a',
      'metadata: {name: b}',
      '0',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 }))), async (pieces) => {
        const directory = await directoryOf({ 'tests/t.yaml': HEAD + pieces.join('') });
        const run = await runPolicyTests([directory]).catch((error: unknown) => error);
        if (!(run instanceof NoTestsError)) expect(run).toHaveProperty('issues');
      }),
      { numRuns: 60 },
    );
  });
});

describe('as JSON', () => {
  it('a run is one object with everything that was decided', async () => {
    const directory = await directoryOf({
      ...FILES,
      'tests/shop.yaml': testYaml(
        `{name: logs, ${ANN}, ${LOG}, expect: {decision: Accepted}}`,
        `{name: snapshots, ${ANN}, ${SNAPSHOT}, expect: {decision: Accepted}}`,
      ),
    });
    expect(testRecord(await runPolicyTests([directory]))).toMatchObject({
      passed: 1,
      failed: 1,
      issues: [],
      cases: [
        {
          test: 'shop',
          case: 'logs',
          file: join(directory, 'tests/shop.yaml'),
          line: 6,
          column: 12,
          passed: true,
          decision: 'Accepted',
          policies: ['the default policy', 'ClusterInstrumentationPolicy developers'],
          cuts: [
            { field: 'ttlSeconds', asked: 3600, effective: 600, policy: 'ClusterInstrumentationPolicy developers' },
          ],
          effective: { ttlSeconds: 600, limits: { maxHits: 10_000 }, calls: 'Proven' },
        },
        {
          case: 'snapshots',
          passed: false,
          decision: 'Denied',
          reasons: [
            { policy: 'ClusterInstrumentationPolicy developers', field: 'spec', message: 'no rule allows a Snapshot' },
          ],
          differences: [{ field: 'decision', wanted: 'Accepted', came: 'Denied', line: 7 }],
        },
      ],
    });
  });
});
