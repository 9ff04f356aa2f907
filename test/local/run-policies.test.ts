import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadManifests, type ManifestIssue } from '../../src/local/manifests/manifests.ts';
import { loadOfflinePolicies } from '../../src/local/policies/offline-policies.ts';
import { describeIssue } from '../../src/local/reporter.ts';
import { RunPolicies } from '../../src/local/run-policies.ts';
import { clusterPolicyYaml, directoryOf, probeYaml } from './policies/policy-directory.ts';

const LOG = probeYaml(['ttlSeconds: 3600']);
const SNAPSHOT = probeYaml([], 'Snapshot');

/** What is told of these probes, and which may be in a process. */
async function runOf(policy: string, probes: string[], isAttaching = false) {
  const directory = await directoryOf({ 'policies/p.yaml': policy, 'probes.yaml': probes.join('---\n') });
  const { policies } = await loadOfflinePolicies([join(directory, 'policies')]);
  if (policies === undefined) throw new Error('the policies of the test are wrong');
  const told: string[] = [];
  const tell = (text: string): void => void told.push(text.replaceAll(`${directory}/`, ''));
  const reporter = {
    issues: (issues: readonly ManifestIssue[]): void => {
      for (const issue of issues) tell(describeIssue(issue));
    },
    note: (text: string): void => tell(`note: ${text}`),
  };
  const run = new RunPolicies({ policies, requester: { username: 'ann', groups: [] }, isAttaching, reporter });
  const loaded = (await loadManifests([join(directory, 'probes.yaml')])).probes;
  return { run, told, loaded };
}

describe('policies of a local run', () => {
  it('keep denied probes out of processes, and tell why at their lines', async () => {
    const policy = clusterPolicyYaml(
      'logs',
      '{maxima: {ttlSeconds: 60}, rules: [{name: no-snapshots, action: Deny, kinds: [Snapshot], message: Ask Bo.}]}',
    );
    const { run, told, loaded } = await runOf(policy, [LOG, SNAPSHOT]);

    expect(run.tell(loaded)).toBe(1);
    expect(told).toEqual([
      'probes.yaml:18:3: Snapshot orders spec: denied, so it is in no process: ClusterInstrumentationPolicy logs, rule no-snapshots: a Snapshot at src/orders.ts:42 is denied. Ask Bo.',
      'note: orders: spec.ttlSeconds: 60 counts in the place of 3600, by ClusterInstrumentationPolicy logs',
    ]);
    expect(loaded.map(({ probe }) => run.decide(probe)?.spec.ttlSeconds)).toEqual([60, undefined]);
  });

  it('hold what waits for approval, which nobody can give here, and what is stopped', async () => {
    const { run, told, loaded } = await runOf(clusterPolicyYaml('payments', '{approval: {}}'), [LOG]);
    expect(run.tell(loaded)).toBe(0);
    expect(told[0]).toMatch(
      /spec: held, so it is in no process: ClusterInstrumentationPolicy payments: it waits until /,
    );
    expect(loaded.map(({ probe }) => run.decide(probe))).toEqual([undefined]);

    const stopped = await runOf(clusterPolicyYaml('stop', '{stopped: {reason: Incident 12}}'), [LOG]);
    expect(stopped.run.tell(stopped.loaded)).toBe(0);
    expect(stopped.told[0]).toMatch(/ClusterInstrumentationPolicy stop: .*Incident 12$/);
  });

  it('may forbid to enter a process that runs already, and nothing else', async () => {
    const policy = clusterPolicyYaml('closed', '{attach: Forbidden}');
    const started = await runOf(policy, [LOG]);
    expect(started.run.tell(started.loaded)).toBe(1);
    expect(started.told).toEqual([]);

    const attached = await runOf(policy, [LOG], true);
    expect(attached.run.tell(attached.loaded)).toBe(0);
    expect(attached.told).toEqual([
      'probes.yaml:7:3: DynamicLog orders spec: denied, so it is in no process: ClusterInstrumentationPolicy closed: it forbids to enter a process that runs already (spec.attach); start the command with davylamp local … -- COMMAND',
    ]);
    expect(attached.loaded.map(({ probe }) => attached.run.decide(probe))).toEqual([undefined]);
  });

  it('tell the same of the same manifests once, and again when it is so again', async () => {
    const policy = clusterPolicyYaml('logs', '{rules: [{name: logs, action: Allow, kinds: [DynamicLog]}]}');
    const { run, told, loaded } = await runOf(policy, [LOG, SNAPSHOT]);
    run.tell(loaded);
    run.tell(loaded);
    expect(told).toHaveLength(1);
    run.tell(loaded.slice(0, 1));
    run.tell(loaded);
    expect(told).toHaveLength(2);
  });
});
