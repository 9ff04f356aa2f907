import { beforeAll, describe, expect, it } from 'vitest';
import { apply, conditionOf, eventually, kubectl, untilStatus } from './kubectl.ts';
import {
  deployOrders,
  deployProgram,
  dynamicLog,
  freshNamespace,
  logLines,
  podOf,
  pods,
  rolledOut,
  snapshot,
} from './workloads.ts';

describe('what happens to a probe over time', () => {
  const namespace = 'e2e-lifecycle';
  const place = { function: 'OrderService.place' };

  beforeAll(async () => {
    await freshNamespace(namespace);
    await deployOrders(namespace, 1);
  });

  /** Whether the line was reached three times, as a second probe there proves, and the probe reported none of them. */
  async function isSilent(probe: string): Promise<boolean> {
    const pod = await podOf(namespace, 'orders');
    const before = (await logLines(namespace, pod, probe)).length;
    const witness = `witness-${Math.random().toString(36).slice(2, 8)}`;
    await apply(namespace, dynamicLog(witness, 'orders', place, 'seen {order.id}'));
    await untilStatus(namespace, 'dlog', witness, 'witness reports three times', (status) => status.hits >= 3);
    const after = (await logLines(namespace, pod, probe)).length;
    await kubectl('delete', 'dlog', witness, '-n', namespace);
    return after === before;
  }

  it('leaves the process when the object is deleted', async () => {
    await apply(namespace, dynamicLog('deleted', 'orders', place, 'order {order.id}'));
    await untilStatus(namespace, 'dlog', 'deleted', 'hits', (status) => status.hits > 0);
    await kubectl('delete', 'dlog', 'deleted', '-n', namespace);
    // No status is left that would say when the process has let go of it.
    await eventually('silence', () => isSilent('deleted'));
  });

  it('leaves the process at its expiry and says so', async () => {
    await apply(namespace, dynamicLog('short', 'orders', place, 'order {order.id}', { ttlSeconds: 10 }));
    await untilStatus(namespace, 'dlog', 'short', 'hits', (status) => status.hits > 0);
    const object = await untilStatus(
      namespace,
      'dlog',
      'short',
      'expired',
      (status) =>
        status.conditions.some(
          (one: { type: string; status: string }) => one.type === 'Expired' && one.status === 'True',
        ),
      30,
    );
    expect(conditionOf(object, 'Armed')).toMatchObject({ status: 'False', reason: 'Expired' });
    expect(await isSilent('short')).toBe(true);
  });

  it('leaves every process when the hit limit over all pods is reached', async () => {
    await apply(namespace, dynamicLog('limited', 'orders', place, 'order {order.id}', { limits: { maxHits: 5 } }));
    const object = await untilStatus(namespace, 'dlog', 'limited', 'limit reached', (status) =>
      status.conditions.some((one: { reason: string }) => one.reason === 'HitLimitReached'),
    );
    expect(object.status.hits).toBe(5);
    expect(await isSilent('limited')).toBe(true);
  });

  it('arms a pod that a scale-up adds, without any action, and forgets one that goes', async () => {
    await apply(namespace, dynamicLog('scaled', 'orders', place, 'order {order.id}'));
    await untilStatus(namespace, 'dlog', 'scaled', 'one pod armed', (status) => status.pods?.armed === 1);
    await kubectl('scale', 'deployment/orders', '-n', namespace, '--replicas=2');
    const two = await untilStatus(
      namespace,
      'dlog',
      'scaled',
      'two pods armed and both hit',
      (status) => status.pods?.armed === 2 && status.instances?.every((one: { hits: number }) => one.hits > 0),
      90,
    );
    expect(new Set(two.status.instances.map((one: { podName: string }) => one.podName)).size).toBe(2);

    const [victim] = await pods(namespace, 'orders');
    const hits = two.status.hits;
    await kubectl('scale', 'deployment/orders', '-n', namespace, '--replicas=1');
    const one = await untilStatus(
      namespace,
      'dlog',
      'scaled',
      'one pod again',
      (status) => status.pods?.matched === 1,
      90,
    );
    expect(one.status.hits).toBeGreaterThanOrEqual(hits);

    const last = await podOf(namespace, 'orders');
    await kubectl('delete', 'pod', last, '-n', namespace, '--wait=false');
    const again = await untilStatus(
      namespace,
      'dlog',
      'scaled',
      'the new pod is armed and hit',
      (status) =>
        status.pods?.armed === 1 &&
        status.instances?.some(
          (instance: { podName: string; hits: number }) =>
            instance.podName !== last && instance.podName !== victim.metadata.name && instance.hits > 0,
        ),
      90,
    );
    expect(again.status.hits).toBeGreaterThan(one.status.hits);
  });

  it('starts anew when the spec changes', async () => {
    await apply(namespace, dynamicLog('edited', 'orders', place, 'first {order.id}'));
    const before = await untilStatus(namespace, 'dlog', 'edited', 'hits', (status) => status.hits > 0);
    await apply(namespace, dynamicLog('edited', 'orders', place, 'second {order.id}'));
    const after = await untilStatus(namespace, 'dlog', 'edited', 'the new message', (status) =>
      status.recent?.at(-1)?.message.startsWith('second'),
    );
    expect(after.status.observedGeneration).toBe(before.status.observedGeneration + 1);
    expect(after.status.recent.every((line: { message: string }) => line.message.startsWith('second'))).toBe(true);
  });

  it('says in status where the line went after a rollout to a changed source file', async () => {
    const version = (padding: string, body: string) => ({
      'main.js': `const { work } = require('./work.js');\nsetInterval(() => work(7), 100);\n`,
      'work.js': `${padding}exports.work = function work(n) {\n  const twice = n * 2;\n  ${body}\n};\n`,
    });
    await deployProgram(namespace, 'changing', { files: version('', 'return twice;') });
    await apply(namespace, dynamicLog('follows', 'changing', { file: 'work.js', line: 3 }, 'twice {twice}'));
    await untilStatus(namespace, 'dlog', 'follows', 'hits in the first version', (status) => status.hits > 0);

    await deployProgram(namespace, 'changing', {
      files: version('// one\n// two\n// three\n// four\n', 'return twice;'),
    });
    await kubectl('rollout', 'restart', 'deployment/changing', '-n', namespace);
    await rolledOut(namespace, 'changing');
    const moved = await untilStatus(
      namespace,
      'dlog',
      'follows',
      'the reason in the new version',
      (status) => status.pods?.matched === 1 && status.pods?.armed === 0 && status.pods?.failed === 1,
      90,
    );
    expect(moved.status.instances[0]).toMatchObject({ state: 'Failed', reason: 'LineNotExecutable' });
    expect(conditionOf(moved, 'Armed').status).toBe('False');
  });

  it('holds the limit of captures over several pods', async () => {
    await kubectl('scale', 'deployment/orders', '-n', namespace, '--replicas=2');
    await rolledOut(namespace, 'orders');
    await apply(namespace, snapshot('twice', 'orders', place, { maxCaptures: 2 }));
    const object = await untilStatus(
      namespace,
      'dsnap',
      'twice',
      'both captures',
      (status) => status.captureCount === 2,
    );
    expect(object.status.captures).toHaveLength(2);
    await eventually('armed nowhere', async () => {
      const { status } = await untilStatus(namespace, 'dsnap', 'twice', 'still there', () => true);
      return conditionOf({ status }, 'Armed').reason === 'HitLimitReached' && status.captureCount === 2;
    });
  });
});
