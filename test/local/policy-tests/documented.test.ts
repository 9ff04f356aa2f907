import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testReport } from '../../../src/cli/policy-test-report.ts';
import { findTests } from '../../../src/local/policy-tests/find-tests.ts';
import { runPolicyTests } from '../../../src/local/policy-tests/run-tests.ts';
import { policyTestJsonSchema } from '../../../src/local/policy-tests/schema.ts';
import { createPaint } from '../../../src/local/terminal/paint.ts';
import { clusterPolicyYaml, directoryOf, grantYaml, probeYaml } from '../policies/policy-directory.ts';

const root = join(import.meta.dirname, '..', '..', '..');

describe('the PolicyTest of docs/cli.md', () => {
  it('is as the command reads it, and passes under policies such as it speaks of', async () => {
    const text = await readFile(join(root, 'docs', 'cli.md'), 'utf8');
    const [, example = ''] = /```yaml\n([^`]*kind: PolicyTest[^`]*)```/.exec(text) ?? [];
    const directory = await directoryOf({
      'tests/developers.yaml': example,
      'tests/probes/log.yaml': probeYaml(['ttlSeconds: 600', 'limits: {maxHits: 400}']).replace(
        '  namespace: shop\n',
        '',
      ),
      'default.yaml': clusterPolicyYaml('default', '{maxima: {ttlSeconds: 3600}}'),
      'policies/developers.yaml': clusterPolicyYaml(
        'developers',
        '{requesters: Users, namespaceSelector: {matchLabels: {team: shop}}, maxima: {limits: {maxHits: 100}}}',
      ),
      'policies/gitops.yaml': clusterPolicyYaml(
        'gitops',
        '{requesters: Users, rules: [{name: no-snapshots, action: Deny, kinds: [Snapshot]}]}',
      ),
      'policies/payments.yaml': clusterPolicyYaml(
        'payments',
        '{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: payments}}, approval: {requires: [Reason, Ticket]}}',
      ),
      'policies/a.yaml': grantYaml('use', 'developers', 'developers'),
      'policies/b.yaml': grantYaml('use', 'gitops', 'system:serviceaccounts:argocd'),
      'policies/c.yaml': grantYaml('approve', 'payments', 'leads', 'payments'),
    });
    expect((await findTests([directory])).issues).toEqual([]);
    const report = testReport(await runPolicyTests([directory]), createPaint(false));
    expect(report).toContain('✓ 3 cases, all as expected\n');
  });

  it('has a schema for editors in which unknown members are errors, as they are for the command', () => {
    const object = expect.objectContaining({ additionalProperties: false });
    expect(policyTestJsonSchema()).toMatchObject({
      title: 'PolicyTest',
      additionalProperties: false,
      properties: {
        cases: { items: { additionalProperties: false, properties: { expect: object, requester: object } } },
      },
    });
  });
});
