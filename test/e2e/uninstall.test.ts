import { beforeAll, describe, expect, it } from 'vitest';
import { installChart, SYSTEM } from './install.ts';
import { apply, conditionOf, eventually, get, kubectl, run, untilStatus } from './kubectl.ts';
import { deployProgram, dynamicLog, freshNamespace, logLines, podOf, restarts } from './workloads.ts';

/** The last file: it takes Davylamp out of the cluster, and brings it back. */
describe('helm uninstall', () => {
  const namespace = 'e2e-uninstall';

  beforeAll(async () => {
    // Probes of other tests may be in pods whose agents know an installation before this one, as a pod of the host network does.
    await kubectl('delete', 'dynamiclogs,snapshots', '--all', '--all-namespaces');
    await freshNamespace(namespace);
    const main = `
      function work(n) {
        return n * 2;
      }
      setInterval(() => console.log('served ' + work(21)), 100);
    `;
    await deployProgram(namespace, 'worker', { files: { 'main.js': main } });
    const location = { file: 'main.js', line: 3 };
    await apply(namespace, dynamicLog('standing', 'worker', location, 'twice {n}', { ttlSeconds: 86_400 }));
    await untilStatus(namespace, 'dlog', 'standing', 'hits', (status) => status.hits > 0);
  });

  it('takes every probe out of every process first, and the next installation brings back what is kept', async () => {
    const pod = await podOf(namespace, 'worker');
    const authority = (await get(SYSTEM, 'secret', 'davylamp-ca')).data;
    const helm = await run('helm', ['uninstall', 'davylamp', '--namespace', SYSTEM, '--wait', '--timeout', '180s']);
    expect(helm.code, helm.stderr).toBe(0);
    expect(helm.stderr).not.toContain('time is up');

    const object = await get(namespace, 'dlog', 'standing');
    expect(conditionOf(object, 'Armed')).toMatchObject({ status: 'False', reason: 'AllDisarmed' });
    expect(conditionOf(object, 'Reconciling').status).toBe('False');
    const lines = (await logLines(namespace, pod, 'standing')).length;
    const served = async () => (await kubectl('logs', pod, '-n', namespace, '-c', 'app')).split('\n').length;
    const before = await served();
    await eventually('the program has served on', async () => (await served()) > before + 20);
    expect(await logLines(namespace, pod, 'standing')).toHaveLength(lines);
    const left = await kubectl('get', 'sa,role,rolebinding,job,deployment', '-n', SYSTEM, '-o', 'name');
    expect(left).not.toContain('davylamp');
    expect(await kubectl('get', 'clusterrole,clusterrolebinding', '-o', 'name')).not.toContain('davylamp');

    await installChart();
    expect((await get(SYSTEM, 'secret', 'davylamp-ca')).data).toEqual(authority);
    await untilStatus(
      namespace,
      'dlog',
      'standing',
      'hits again, in the same pod',
      (status) => status.pods?.armed === 1 && status.hits > object.status.hits,
      90,
    );
    expect(await podOf(namespace, 'worker')).toBe(pod);
    expect(await restarts(namespace, pod, 'app')).toBe(0);
    expect(await restarts(namespace, pod, 'davylamp')).toBe(0);
  });
});
