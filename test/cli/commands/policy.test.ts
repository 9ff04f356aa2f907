import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clusterPolicyYaml, directoryOf, probeYaml } from '../../local/policies/policy-directory.ts';
import { Program, run } from '../program.ts';

describe('davylamp policy default', () => {
  it('prints the built-in default policy, and what it is for', async () => {
    const { code, output } = await run('policy', 'default');

    expect(code).toBe(0);
    expect(
      output,
    ).toBe(`# What holds for every probe, whatever other policies there are: the default policy that is built in. Others only take away.
# Another one takes its place as the value policy.default of the chart, which takes the spec below; what that leaves out of
# defaults stays as it is here. davylamp lint and local take a file like this one as --default-policy, a PolicyTest takes
# it as defaultPolicy.
apiVersion: davylamp.dev/v1alpha1
kind: ClusterInstrumentationPolicy
metadata:
  name: davylamp-default
spec:
  requesters: Everybody
  defaults:
    ttlSeconds: 1800
    maxCaptures: 1
    limits:
      hitsPerSecond: 50
      capturesPerSecond: 1
      maxHits: 10000
      cpuMillisecondsPerSecond: 10
      maxStallMilliseconds: 100
      payloadBytes: 65536
    capture:
      frames: 5
      depth: 3
      fields: 20
      items: 100
      stringLength: 255
  attach: Allowed
  standing: Forbidden
`);
    const json = JSON.parse((await run('policy', 'default', '-o', 'json')).output);
    expect(json).toMatchObject({ metadata: { name: 'davylamp-default' }, spec: { standing: 'Forbidden' } });
  });
});

describe('davylamp policy test', () => {
  const testYaml = (decision: string): string => `apiVersion: davylamp.dev/v1alpha1
kind: PolicyTest
metadata: {name: shop}
policies: [policies]
cases:
  - name: logs
    requester: {username: ann}
    manifest: probe.yaml
    expect: {decision: ${decision}}
`;
  const files = {
    'policies/a.yaml': clusterPolicyYaml('a', '{maxima: {ttlSeconds: 600}}'),
    'probe.yaml': probeYaml(),
    'right/test.yaml': testYaml('Accepted')
      .replaceAll('probe.yaml', '../probe.yaml')
      .replace('[policies]', '[../policies]'),
    'wrong/test.yaml': testYaml('Denied')
      .replaceAll('probe.yaml', '../probe.yaml')
      .replace('[policies]', '[../policies]'),
  };

  it('answers 0 when everything is as expected, and 1 when not, in the directory where it is run', async () => {
    const directory = await directoryOf(files);
    const program = async (parameters: string[], place: string) => {
      const one = new Program(['policy', 'test', ...parameters], {}, join(directory, place));
      return { code: await one.ended, output: one.output, errors: one.errors };
    };
    expect(await program([], 'right')).toEqual({
      code: 0,
      output: '✓ shop: logs\n✓ 1 case, as expected\n',
      errors: '',
    });
    expect(await program(['wrong', 'right'], '.')).toEqual({
      code: 1,
      output: `✗ shop: logs
    wrong/test.yaml:9:24: decision: wanted Denied, came Accepted
✓ shop: logs
✗ 1 of 2 cases not as expected
`,
      errors: '',
    });
    const json = await program(['-o', 'json', 'wrong'], '.');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.output)).toMatchObject({ passed: 0, failed: 1, cases: [{ decision: 'Accepted' }] });
    expect(await program(['policies'], '.')).toEqual({
      code: 1,
      output: '',
      errors: 'davylamp: there is no PolicyTest in policies; give the files or directories in which the cases are\n',
    });
    expect(await program(['nothing'], '.')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('no file or directory nothing'),
    });
  });

  it('answers 2 to what it does not know', async () => {
    expect(await run('policy', 'test', '--fast')).toMatchObject({ code: 2, errors: expect.stringContaining('--fast') });
    expect(await run('policy', 'tests')).toMatchObject({ code: 2, errors: expect.stringContaining('tests') });
  });
});
