import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clusterPolicyYaml, directoryOf, probeYaml } from '../../local/policies/policy-directory.ts';
import { Program, ROOT, run } from '../program.ts';

/** Real processes with the real runtime of `dist/`, which `npm test` builds first. */
const SERVER = join(ROOT, 'examples', 'orders', 'dist', 'server.js');
const EXAMPLES = join(ROOT, 'examples');

describe('davylamp local --policy', () => {
  it('lets into the process what policies allow, within their limits, and says what they do not', async () => {
    const policy = clusterPolicyYaml(
      'developers',
      '{maxima: {limits: {maxHits: 2}}, rules: [{name: logs, action: Allow, kinds: [DynamicLog]}]}',
    );
    const directory = await directoryOf({ 'policy.yaml': policy });
    const environment = { TRAFFIC: '1', TRAFFIC_PER_SECOND: '20', PORT: '0' };
    const parameters = ['local', '-f', EXAMPLES, '--policy', directory, '--', process.execPath, SERVER];
    const program = new Program(parameters, environment);
    onTestFinished(() => void program.child.kill('SIGKILL'));
    await program.says('done: 2 hits taken');
    program.child.kill('SIGTERM');
    await program.ended;

    expect(program.output).toMatch(
      /snapshot\.yaml:\d+:\d+: Snapshot discounted-order spec: denied, so it is in no process: ClusterInstrumentationPolicy developers: no rule allows a Snapshot\n/,
    );
    expect(program.output).toContain('3 of 4 probes in 5 files for ');
    expect(program.output).not.toContain('SNAPSHOT');
  });

  it('starts nothing where no probe may be in it', async () => {
    const directory = await directoryOf({
      'policy.yaml': clusterPolicyYaml('stop', '{stopped: {reason: Incident 12}}'),
    });
    const started = join(directory, 'started');
    const { code, output } = await run('local', '-f', EXAMPLES, '--policy', directory, '--', 'touch', started);

    expect(code).toBe(1);
    expect(output).toContain('Incident 12');
    expect(output).toMatch(/no probe may be in touch .* under these policies\n$/);
    expect(existsSync(started)).toBe(false);
  });

  it('does not touch a running process that policies forbid to enter', async () => {
    const directory = await directoryOf({
      'closed.yaml': clusterPolicyYaml('closed', '{attach: Forbidden}'),
      'p.yaml': probeYaml(),
    });
    const target = spawn(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 1000)']);
    onTestFinished(() => void target.kill('SIGKILL'));
    let errors = '';
    target.stderr.on('data', (text) => {
      errors += text;
    });
    await once(target.stdout, 'data');
    const { code, output } = await run(
      'local',
      '-f',
      join(directory, 'p.yaml'),
      '--policy',
      directory,
      '--pid',
      String(target.pid),
    );

    expect(code).toBe(1);
    expect(output).toContain('ClusterInstrumentationPolicy closed: it forbids to enter a process that runs already');
    expect(output).toContain(`no probe may be in process ${target.pid} under these policies`);
    target.kill();
    await once(target, 'close');
    // What Node.js writes as soon as somebody asks for its inspector.
    expect(errors).toBe('');
  });

  it('says what is wrong with policies, and does nothing', async () => {
    const directory = await directoryOf({ 'policy.yaml': clusterPolicyYaml('stop', '{stop: {}}') });
    expect(await run('local', '-f', EXAMPLES, '--policy', directory, '--', 'true')).toMatchObject({
      code: 1,
      output: expect.stringContaining('policy.yaml:4:8: ClusterInstrumentationPolicy stop spec.stop: unknown field'),
    });
  });
});
