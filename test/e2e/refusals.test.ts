import { beforeAll, describe, expect, it } from 'vitest';
import { apply, conditionOf, eventually, kubectl, untilStatus } from './kubectl.ts';
import { deployProgram, dynamicLog, freshNamespace, podOf, restarts, snapshot } from './workloads.ts';

/**
 * Every way in which a probe can be wrong: the reason is in status and the application runs on. The program counts aloud, so
 * that a stop or a crash would be seen.
 */
describe('wrong probes', () => {
  const namespace = 'e2e-refusals';
  const program = [
    'let turn = 0;', //                                                       1
    'const trap = new Proxy({}, { get() { process.exit(3); } });', //         2
    'const order = { id: 1, get total() { process.exit(4); }, trap };', //    3
    'order.forever = () => { for (;;); };', //                                4
    'order.bump = () => { turn += 1000; return true; };', //                  5
    'function tick(order) {', //                                              6
    '  turn += 1;', //                                                        7
    '', //                                                                    8
    '  return order;', //                                                     9
    '}', //                                                                   10
    "setInterval(() => { tick(order); if (turn % 10 === 0) console.log('turn', turn); }, 20);", // 11
    '',
  ].join('\n');
  // One line, names shortened, no map: what a bundler leaves.
  const minified = `${'var z=0;'.repeat(200)}function q(a){z+=a;return z}setInterval(()=>q(2),20);`;
  const here = { file: 'main.js', line: 9 };

  beforeAll(async () => {
    await freshNamespace(namespace);
    await deployProgram(namespace, 'program', { files: { 'main.js': program } });
    await deployProgram(namespace, 'bundle', {
      files: { 'main.js': "require('./app.min.js');", 'app.min.js': minified },
    });
  });

  /** Applies a probe and waits until its only process, or its Stalled condition, says the reason. */
  async function reasonOf(manifest: object, reason: string): Promise<{ message: string }> {
    await apply(namespace, manifest);
    const { kind, metadata } = manifest as { kind: string; metadata: { name: string } };
    const object = await untilStatus(namespace, kind.toLowerCase(), metadata.name, reason, (status) =>
      JSON.stringify([status.instances, status.conditions, status.dropped]).includes(`"${reason}"`),
    );
    return (
      object.status.instances?.find((one: { reason: string }) => one.reason === reason) ??
      conditionOf(object, 'Stalled') ??
      object
    );
  }

  async function isUnharmed(app = 'program'): Promise<void> {
    const pod = await podOf(namespace, app);
    expect(await restarts(namespace, pod, 'app')).toBe(0);
    if (app !== 'program') return;
    const count = async () => (await kubectl('logs', pod, '-n', namespace, '-c', 'app')).trim().split('\n').length;
    const before = await count();
    await eventually('the program counts on', async () => (await count()) > before, 15);
  }

  it('waits for a wrong file and names similar ones', async () => {
    const { message } = await reasonOf(
      dynamicLog('wrong-file', 'program', { file: 'src/main.js', line: 9 }, 'x'),
      'FileNotLoaded',
    );
    expect(message).toContain('main.js');
    await isUnharmed();
  });

  it('refuses a line without code and names the nearest that has some', async () => {
    const { message } = await reasonOf(
      dynamicLog('wrong-line', 'program', { file: 'main.js', line: 8 }, 'x'),
      'LineNotExecutable',
    );
    expect(message).toMatch(/\b[79]\b/);
    await isUnharmed();
  });

  it('refuses an original path of a minified bundle without a map', async () => {
    await reasonOf(dynamicLog('minified', 'bundle', { file: 'src/app.ts', line: 3 }, 'x'), 'SourceMapMissing').catch(
      async () => {
        await reasonOf(dynamicLog('minified', 'bundle', { file: 'src/app.ts', line: 3 }, 'x'), 'FileNotLoaded');
      },
    );
    await isUnharmed('bundle');
  });

  it('refuses a syntax error at its position', async () => {
    const refused = apply(namespace, dynamicLog('syntax', 'program', here, 'turn {turn +}'));
    await expect(refused).rejects.toThrow('spec.message: "turn {turn +}", character 13: ');
    await isUnharmed();
  });

  it('refuses an assignment in a condition', async () => {
    const refused = apply(namespace, dynamicLog('assign', 'program', here, 'x', { condition: 'turn = 5' }));
    await expect(refused).rejects.toThrow('spec.condition: "turn = 5", character ');
    await isUnharmed();
  });

  it('shows a throwing expression in its place', async () => {
    await apply(namespace, dynamicLog('throws', 'program', here, 'value {order.missing.deep} end'));
    const object = await untilStatus(namespace, 'dlog', 'throws', 'a line', (status) => status.recent?.length > 0);
    expect(object.status.recent[0].message).toMatch(/^value <TypeError: .+> end$/);
    await isUnharmed();
  });

  it('runs neither a getter nor a Proxy', async () => {
    await apply(
      namespace,
      dynamicLog('getter', 'program', here, '{order.total} and {order.trap.any} and {order.trap}'),
    );
    // A getter goes the way of a method: this one would end the program, which V8's check sees in time.
    const wantMessage = /^<SideEffectRefused: .+> and <proxy> and <proxy>$/;
    await untilStatus(namespace, 'dlog', 'getter', 'a refusal', (status) =>
      status.recent?.some(({ message }: { message: string }) => wantMessage.test(message)),
    );
    await apply(namespace, snapshot('getters', 'program', here));
    const captured = await untilStatus(
      namespace,
      'dsnap',
      'getters',
      'a capture',
      (status) => status.captureCount === 1,
    );
    const [frame] = captured.status.captures[0].frames;
    expect(frame.locals.find((local: { name: string }) => local.name === 'order').value).toContain('total: <getter>');
    await isUnharmed();
  });

  it('refuses a call that changes the program', async () => {
    await reasonOf(dynamicLog('bump', 'program', here, 'x', { condition: 'order.bump()' }), 'SideEffectRefused');
    const pod = await podOf(namespace, 'program');
    const last = (await kubectl('logs', pod, '-n', namespace, '-c', 'app', '--tail=1')).trim();
    expect(Number(last.split(' ')[1])).toBeLessThan(100_000);
    await isUnharmed();
  });

  it('stops a condition that loops for ever', async () => {
    await reasonOf(dynamicLog('forever', 'program', here, 'x', { condition: 'order.forever()' }), 'EvaluationTimeout');
    await isUnharmed();
  });

  it('takes a probe on a line that is executed all the time out of the code, and says so', async () => {
    await deployProgram(namespace, 'hot', {
      files: {
        'main.js': [
          'let sum = 0;',
          'function hot(i) {',
          '  sum += i & 3;',
          '  return sum;',
          '}',
          'function round() { for (let i = 0; i < 200000; i++) hot(i); setImmediate(round); }',
          'round();',
        ].join('\n'),
      },
    });
    await apply(namespace, dynamicLog('hot', 'hot', { file: 'main.js', line: 3 }, 'sum {sum}'));
    const object = await untilStatus(namespace, 'dlog', 'hot', 'over budget', (status) =>
      status.instances?.some((one: { reason: string }) => ['BudgetExceeded', 'Sampled'].includes(one.reason)),
    );
    expect(['BudgetExceeded', 'Sampled']).toContain(conditionOf(object, 'Armed').reason);
    await isUnharmed('hot');
    // It would take a whole core from everything that runs after it.
    await kubectl('delete', 'deployment/hot', '-n', namespace, '--wait=false');
  });

  it('says which pods were started without the agent, and may not get one while they run', async () => {
    const files = { 'main.js': 'setInterval(() => {}, 1000);' };
    await deployProgram(namespace, 'plain', { files, inject: false, labels: { 'davylamp.dev/attach': 'false' } });
    const { message } = await reasonOf(dynamicLog('plain', 'plain', { file: 'main.js', line: 1 }, 'x'), 'NotInjected');
    expect(message).toContain('davylamp.dev/inject');
  });

  it('says that nothing matches', async () => {
    await apply(namespace, dynamicLog('nobody', 'nobody', here, 'x'));
    const object = await untilStatus(
      namespace,
      'dlog',
      'nobody',
      'conditions',
      (status) => status.conditions?.length > 0,
    );
    expect(conditionOf(object, 'Armed').reason).toBe('NoPodsMatched');
  });
});
