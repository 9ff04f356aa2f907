import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM } from './install.ts';
import { apply, conditionOf, eventually, get, type Json, kubectl, run, tryKubectl, untilStatus } from './kubectl.ts';
import { deployProgram, dynamicLog, freshNamespace, snapshot } from './workloads.ts';

/** The way from a policy to the process and back to status, with users that are impersonated, on the real cluster. */
describe('policies', () => {
  const namespace = 'e2e-policies';
  const program = [
    "const order = { id: 7, note: 'by EMP-1234', customer: 'Ada' };", // 1
    'function place(order) {', //                                        2
    '  return order.id;', //                                             3
    '}', //                                                              4
    'setInterval(() => place(order), 20);', //                           5
    '',
  ].join('\n');
  const here = { file: 'main.js', line: 3 };
  const ofCluster = (name: string, spec: object) => ({
    apiVersion: 'davylamp.dev/v1alpha1',
    kind: 'ClusterInstrumentationPolicy',
    metadata: { name },
    spec: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } }, ...spec },
  });
  const ofNamespace = (name: string, spec: object) => ({
    apiVersion: 'davylamp.dev/v1alpha1',
    kind: 'InstrumentationPolicy',
    metadata: { name },
    spec,
  });

  const applyAs = (user: string, manifest: object, ...more: string[]) =>
    run('kubectl', ['apply', '-n', namespace, '-f', '-', `--as=${user}`, ...more], JSON.stringify(manifest));

  async function bind(user: string, role: string): Promise<void> {
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }];
    await apply(namespace, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: `${user}-${role}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects,
    });
  }

  async function leave(): Promise<void> {
    await kubectl('delete', 'dlog,dsnap,dpol', '--all', '-n', namespace);
    await kubectl('delete', 'dcpol', 'e2e-strict', 'e2e-own', '--ignore-not-found');
  }

  beforeAll(async () => {
    await freshNamespace(namespace);
    await deployProgram(namespace, 'program', { files: { 'main.js': program } });
    for (const user of ['ann', 'bob']) await bind(user, 'edit');
    await leave();
  });
  // What a test that failed leaves there would make the next ones fail.
  afterEach(leave);

  const requestedBy = async (name: string): Promise<string> =>
    (await get(namespace, 'dlog', name)).metadata.annotations?.['davylamp.dev/requested-by'];

  it('who asked is recorded, survives others, and cannot be forged, not even while no webhook is there', async () => {
    const forged = dynamicLog('mine', 'program', here, 'x');
    const metadata = { name: 'mine', annotations: { 'davylamp.dev/requested-by': 'root' } };
    expect((await applyAs('ann', { ...forged, metadata })).code).toBe(0);
    expect(await requestedBy('mine')).toBe('ann');

    await kubectl(
      'annotate',
      'dlog',
      'mine',
      '-n',
      namespace,
      'davylamp.dev/requested-by=bob',
      '--overwrite',
      '--as=bob',
    );
    await kubectl('label', 'dlog', 'mine', '-n', namespace, 'team=shop', '--as=bob');
    expect(await requestedBy('mine')).toBe('ann');

    const spec = JSON.stringify({ spec: { ttlSeconds: 100 } });
    await kubectl('patch', 'dlog', 'mine', '-n', namespace, '--type=merge', '-p', spec, '--as=bob');
    expect(await requestedBy('mine')).toBe('bob');

    // Somebody with all rights takes the webhook away; what is left is the API server's own.
    const configuration = await kubectl('get', 'mutatingwebhookconfiguration', 'davylamp-probes', '-o', 'json');
    await kubectl('delete', 'mutatingwebhookconfiguration', 'davylamp-probes');
    try {
      const refused = await eventually('the policy in CEL refuses', async () => {
        const answer = await applyAs('ann', { ...forged, metadata: { ...metadata, name: 'forged' } });
        return answer.code !== 0 && answer;
      });
      expect(refused.stderr).toContain('must say who makes this request');
      const change = await tryKubectl(
        'annotate',
        'dlog',
        'mine',
        '-n',
        namespace,
        'davylamp.dev/requested-by=ann',
        '--overwrite',
        '--as=ann',
      );
      expect(change.stderr).toContain('cannot be changed');
    } finally {
      const {
        metadata: { name, labels },
        ...rest
      } = JSON.parse(configuration);
      await apply('default', { ...rest, metadata: { name, labels } });
    }
  });

  it('a service account that applies by server-side apply is a requester, and applying again changes nothing', async () => {
    await apply(namespace, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'argocd' } });
    const user = `system:serviceaccount:${namespace}:argocd`;
    const subjects = [{ kind: 'ServiceAccount', name: 'argocd', namespace }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' };
    await apply(namespace, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'argocd' },
      roleRef,
      subjects,
    });
    const sync = async () => {
      const { code, stderr } = await applyAs(
        user,
        dynamicLog('git', 'program', here, 'x'),
        '--server-side',
        '--field-manager=argocd',
      );
      expect(stderr).toBe('');
      expect(code).toBe(0);
      return await get(namespace, 'dlog', 'git');
    };
    const first = await sync();
    expect(first.metadata.annotations['davylamp.dev/requested-by']).toBe(user);
    await kubectl('label', 'dlog', 'git', '-n', namespace, 'by=hand');
    const second = await sync();
    expect(second.metadata.generation).toBe(first.metadata.generation);
    expect(second.metadata.annotations['davylamp.dev/requested-by']).toBe(user);
  });

  it('what is denied is refused at apply with the policy, the rule and a sentence; what is cut is told and enforced', async () => {
    const rules = [
      { name: 'logs-only', action: 'Allow', kinds: ['DynamicLog'], files: ['main.js'] },
      { name: 'no-vault', action: 'Deny', functions: ['Vault*'], message: 'Ask the owners.' },
    ];
    const redaction = { names: ['customer'], patterns: ['EMP-\\d+'] };
    await apply(
      'default',
      ofCluster('e2e-strict', { rules, redaction, maxima: { ttlSeconds: 300, limits: { maxHits: 5 } } }),
    );
    const denied = await eventually('the operator has read the policy', async () => {
      const answer = await applyAs('ann', snapshot('snap', 'program', here));
      return answer.code !== 0 && answer;
    });
    expect(denied.stderr).toContain('ClusterInstrumentationPolicy e2e-strict: no rule allows a Snapshot.');

    const vault = { ...dynamicLog('vault', 'program', { file: 'main.js', function: 'Vault.open' }, 'x') };
    expect((await applyAs('ann', vault)).stderr).toContain(
      'rule no-vault: a DynamicLog at main.js#Vault.open is denied. Ask the owners.',
    );

    const asked = dynamicLog('told', 'program', here, '{order.id} {order.customer} {order.note}', {
      limits: { maxHits: 50 },
    });
    const cut = await applyAs('ann', asked);
    expect(cut.stderr).toContain(
      'Warning: davylamp: ClusterInstrumentationPolicy e2e-strict cuts spec.limits.maxHits from 50 to 5',
    );
    const { status } = await untilStatus(namespace, 'dlog', 'told', 'its limit', ({ hits }) => hits === 5);
    expect(status.effective).toEqual({ ttlSeconds: 300, limits: { maxHits: 5 } });
    expect(status.policies).toEqual(['ClusterInstrumentationPolicy e2e-strict']);
    expect(status.recent.at(-1).message).toBe('7 <redacted> by <redacted>');

    // One that is never hit stays in the code.
    await applyAs('ann', dynamicLog('kept', 'program', here, 'x', { condition: 'order.id === 0' }));
    const { status: counted } = await untilStatus(namespace, 'dcpol', 'e2e-strict', 'its rules', ({ redactions }) => {
      return redactions?.[0]?.current === true;
    });
    const { status: kept } = await untilStatus(
      namespace,
      'dlog',
      'kept',
      'its rules',
      ({ redactionHash }) => redactionHash,
    );
    expect(counted.redactions).toEqual([{ hash: kept.redactionHash, processes: 1, current: true }]);
  });

  it('a policy for its users governs those who hold the verb use, and what they asked for before they did', async () => {
    await apply('default', ofCluster('e2e-own', { requesters: 'Users', rules: [{ name: 'nothing', action: 'Deny' }] }));
    const rules = [
      {
        apiGroups: ['davylamp.dev'],
        resources: ['clusterinstrumentationpolicies'],
        resourceNames: ['e2e-own'],
        verbs: ['use'],
      },
    ];
    await apply(namespace, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'use-own' },
      rules,
    });
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'use-own' };
    await applyAs('bob', dynamicLog('of-bob', 'program', here, 'x'));
    await applyAs('ann', dynamicLog('of-ann', 'program', here, 'x'));
    const isArmed = ({ conditions }: { conditions?: { type: string; status: string }[] }) =>
      conditions?.some(({ type, status }) => type === 'Armed' && status === 'True') === true;
    for (const name of ['of-ann', 'of-bob']) await untilStatus(namespace, 'dlog', name, 'armed', isArmed);

    await apply(namespace, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'use-own' },
      roleRef,
      subjects,
    });
    const denied = await untilStatus(namespace, 'dlog', 'of-ann', 'denied', (status) =>
      status.conditions.some(
        ({ type, status: is }: { type: string; status: string }) => type === 'PolicyAccepted' && is === 'False',
      ),
    );
    expect(conditionOf(denied, 'Armed').message).toContain('ClusterInstrumentationPolicy e2e-own, rule nothing: ');
    expect(isArmed((await get(namespace, 'dlog', 'of-bob')).status)).toBe(true);
    const again = await applyAs('ann', dynamicLog('again', 'program', here, 'x'));
    expect(again.stderr).toContain('rule nothing');
  });

  it('a policy that is stopped takes every probe out of the process, and lets them in again', async () => {
    await applyAs('ann', dynamicLog('running', 'program', here, '{order.id}'));
    await untilStatus(namespace, 'dlog', 'running', 'hits', ({ hits }) => hits > 0);
    await apply(namespace, ofNamespace('pause', { stopped: { reason: 'Incident 42.' } }));
    const stopped = await untilStatus(namespace, 'dlog', 'running', 'stopped', ({ conditions }) =>
      conditions.some(({ type, reason }: { type: string; reason: string }) => type === 'Armed' && reason === 'Stopped'),
    );
    expect(conditionOf(stopped, 'Armed').message).toContain('Incident 42');
    const held = await applyAs('ann', dynamicLog('held', 'program', here, 'x'));
    expect(held.stderr).toContain('it waits, as InstrumentationPolicy pause is stopped: Incident 42');
    await kubectl('delete', 'dpol', 'pause', '-n', namespace);
    await untilStatus(namespace, 'dlog', 'held', 'hits', ({ hits }) => hits > 0);
  });

  it('a probe that needs an approval waits until somebody else gives it, for this very spec', async () => {
    await apply(namespace, ofNamespace('careful', { approval: { requires: ['Ticket'] } }));
    const rules = [
      {
        apiGroups: ['davylamp.dev'],
        resources: ['instrumentationpolicies'],
        resourceNames: ['careful'],
        verbs: ['approve'],
      },
    ];
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'approve' }, rules };
    const subjects = ['ann', 'bob'].map((name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }));
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'approve' };
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'approve' },
      roleRef,
      subjects,
    };
    await apply(namespace, role, binding);
    await applyAs('ann', dynamicLog('guarded', 'program', here, '{order.id}'));
    const reasonOf = ({ conditions }: { conditions?: { type: string; reason: string }[] }) =>
      conditions?.find(({ type }) => type === 'Armed')?.reason;
    const waiting = await untilStatus(
      namespace,
      'dlog',
      'guarded',
      'waits',
      (status) => reasonOf(status) === 'AwaitingApproval',
    );
    const { specHash } = waiting.status.approval;
    expect(waiting.status.approval.missing).toEqual(['InstrumentationPolicy careful']);

    const annotate = (user: string, ...annotations: string[]) =>
      tryKubectl('annotate', 'dlog', 'guarded', '-n', namespace, '--overwrite', `--as=${user}`, ...annotations);
    const give = `davylamp.dev/approve=${specHash}`;
    expect((await annotate('ann', give)).stderr).toContain('ann asked for this probe');
    expect((await annotate('bob', 'davylamp.dev/approve=other')).stderr).toContain(
      'the approval is for the spec other',
    );
    expect((await annotate('bob', give)).stderr).toContain('wants a ticket with each approval');
    await annotate('bob', 'davylamp.dev/approvals=[]');
    expect((await get(namespace, 'dlog', 'guarded')).metadata.annotations).not.toHaveProperty('davylamp.dev/approvals');

    const command = ['bin/davylamp', 'approve', 'dlog/guarded', '-n', namespace, '--ticket', 'T-7'];
    const approved = await run('bash', ['-c', `exec ${command.join(' ')}`]);
    expect(approved.stdout).toContain('asked for by ann');
    expect(approved.stdout).toContain(`✓ approved, spec ${specHash}`);
    const armed = await untilStatus(namespace, 'dlog', 'guarded', 'hits', ({ hits }) => hits > 0);
    expect(armed.status.approval.approvals).toMatchObject([{ ticket: 'T-7' }]);

    await applyAs('ann', dynamicLog('guarded', 'program', here, 'other {order.id}'));
    await untilStatus(namespace, 'dlog', 'guarded', 'waits again', (status) => reasonOf(status) === 'AwaitingApproval');
  });

  it('one command takes every probe of a namespace out of every process, and another lets them in again', async () => {
    await applyAs('ann', dynamicLog('running', 'program', here, '{order.id}'));
    await untilStatus(namespace, 'dlog', 'running', 'hits', ({ hits }) => hits > 0);
    const stop = (...words: string[]) =>
      run('bash', ['-c', `exec bin/davylamp stop -n ${namespace} ${words.join(' ')}`]);
    const stopped = await stop('--reason', 'incident');
    expect(stopped.stderr).not.toContain('davylamp:');
    expect(stopped.stdout).toContain(`✓ no process of namespace ${namespace} has a probe, since `);
    const held = await untilStatus(
      namespace,
      'dlog',
      'running',
      'held',
      (status) => conditionOf({ status }, 'Armed').reason === 'Stopped',
    );
    expect((await stop('--lift')).stdout).toContain('come back');
    const before = held.status.hits;
    await untilStatus(namespace, 'dlog', 'running', 'more hits', ({ hits }) => hits > before);
    expect((await stop('--lift')).code).toBe(1);
  });

  /** Records of the audit about the namespace, from all replicas. */
  async function audited(): Promise<Json[]> {
    const pods = await get(SYSTEM, 'pods');
    const ours = pods.items.filter(({ spec }: Json) => spec.containers.some(({ name }: Json) => name === 'operator'));
    const logs = await Promise.all(
      ours.map(({ metadata: { name } }: Json) => kubectl('logs', name, '-n', SYSTEM, '-c', 'operator')),
    );
    return logs
      .flatMap((log) => log.split('\n'))
      .filter((line) => line.startsWith('{"stream":"audit"') && line.includes(namespace))
      .map((line) => JSON.parse(line));
  }

  it('each step is audited: who, where, when, under which rule and redaction, and never a value', async () => {
    const rules = [{ name: 'no-snapshots', action: 'Deny', kinds: ['Snapshot'] }];
    const policy = { rules, redaction: { names: ['customer'] }, maxima: { limits: { maxHits: 5000 } } };
    await apply(namespace, ofNamespace('audited', policy));
    const refused = await eventually('the operator has read the policy', async () => {
      const answer = await applyAs('bob', snapshot('refused', 'program', here));
      return answer.code !== 0 && answer;
    });
    expect(refused.stderr).toContain('rule no-snapshots');
    await applyAs(
      'ann',
      dynamicLog('audited', 'program', here, 'CANARY {order.customer}', { limits: { maxHits: 10_000 } }),
    );
    const { metadata } = await untilStatus(namespace, 'dlog', 'audited', 'hits', ({ hits }) => hits > 0);
    const stopped = ofNamespace('audited', { ...policy, stopped: { reason: 'CANARY' } });
    await apply(namespace, stopped);

    const records = await eventually('it was removed', async () => {
      const ofProbe = (await audited()).filter(({ probe }) => probe.uid === metadata.uid);
      return ofProbe.some(({ step }) => step === 'Removed') && ofProbe;
    });
    const stepsOf = (name: string) => records.filter(({ step }) => step === name);
    for (const { probe, requester, location } of records) {
      expect(probe).toMatchObject({ kind: 'DynamicLog', namespace, name: 'audited', uid: metadata.uid, generation: 1 });
      expect(requester.username).toBe('ann');
      expect(location).toEqual(here);
    }
    expect(stepsOf('Requested')[0].requester.groups).toContain('system:authenticated');
    const decided = stepsOf('Decided').find(({ policies }) =>
      policies.some(({ name, generation }: Json) => name === 'InstrumentationPolicy audited' && generation === 1),
    );
    const { redactionHash } = decided;
    expect(redactionHash).toMatch(/^[0-9a-f]{16}$/);
    expect(stepsOf('Clamped')[0]).toMatchObject({ field: 'limits.maxHits', asked: 10_000, effective: 5000 });
    // A leader that has read the probe before the policy arms it twice.
    expect(stepsOf('Armed').at(-1)).toMatchObject({ redactionHash, process: { containerName: 'app' } });
    expect(stepsOf('Released').at(-1)).toMatchObject({ redactionHash, pod: stepsOf('FirstHit')[0].pod });
    expect(stepsOf('Removed')[0]).toMatchObject({ reason: 'Stopped', isConfirmed: true, pods: 1 });

    const denied = (await audited()).filter(({ step, probe }) => step === 'Denied' && probe.name === 'refused');
    expect(denied.at(-1)).toMatchObject({
      requester: { username: 'bob' },
      denials: [{ policy: 'InstrumentationPolicy audited', rule: 'no-snapshots' }],
    });
    const all = JSON.stringify(await audited());
    for (const value of ['CANARY', 'Ada']) expect(all).not.toContain(value);
  });

  it('a policy whose pattern cannot be read is refused', async () => {
    const answer = await run(
      'kubectl',
      ['apply', '-n', namespace, '-f', '-'],
      JSON.stringify(ofNamespace('broken', { redaction: { patterns: ['(a'] } })),
    );
    expect(answer.stderr).toContain('spec.redaction.patterns[0]: "(a": character 1: the group is not closed');
  });
});
