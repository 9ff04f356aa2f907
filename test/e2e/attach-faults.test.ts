import { beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM } from './install.ts';
import { apply, conditionOf, eventually, get, type Json, kubectl, shell, untilStatus } from './kubectl.ts';
import { attachedState, deployProgram, dynamicLog, freshNamespace, podOf, RESTRICTED, restarts } from './workloads.ts';

const TICK = `let ticks = 0;
function tick() { ticks += 1;
  return ticks;
}
setInterval(tick, 50);
`;
const PROBED = { file: 'main.js', line: 3 };

/** What goes wrong while agents are attached: no pod ever has two, the application runs on, and the probe comes back or says why not. */
describe('when parts of an attached pod die', () => {
  const namespace = 'e2e-attach-faults';
  let pod: string;

  beforeAll(async () => {
    await freshNamespace(namespace);
    await deployProgram(namespace, 'server', { files: { 'main.js': TICK }, inject: false, container: RESTRICTED });
    pod = await podOf(namespace, 'server');
    await apply(namespace, dynamicLog('firing', 'server', PROBED, 'tick {ticks}'));
    await untilStatus(namespace, 'dlog', 'firing', 'hits', (status) => status.hits > 0);
  });

  async function firesAgain(): Promise<Json> {
    const { status } = await get(namespace, 'dlog', 'firing');
    return untilStatus(
      namespace,
      'dlog',
      'firing',
      'more hits, armed',
      (now) => now.pods?.armed === 1 && now.hits > status.hits + 3,
      90,
    );
  }

  /** @returns the agents that the pod ever had, each with whether it runs. */
  async function agents(): Promise<Record<string, boolean>> {
    const { spec, status } = await get(namespace, 'pod', pod);
    const states: Json[] = status.ephemeralContainerStatuses ?? [];
    return Object.fromEntries(
      spec.ephemeralContainers.map(({ name }: Json) => [
        name,
        states.find((one) => one.name === name)?.state.running !== undefined,
      ]),
    );
  }

  const unharmed = async (): Promise<void> => {
    expect(await podOf(namespace, 'server')).toBe(pod);
    expect(await restarts(namespace, pod, 'app')).toBe(0);
  };

  it('two probes at once share one agent', async () => {
    await deployProgram(namespace, 'twice', { files: { 'main.js': TICK }, inject: false, container: RESTRICTED });
    await apply(
      namespace,
      dynamicLog('one', 'twice', PROBED, 'one {ticks}'),
      dynamicLog('other', 'twice', PROBED, 'other {ticks}'),
    );
    for (const name of ['one', 'other']) {
      await untilStatus(namespace, 'dlog', name, 'a line', (status) => status.recent?.length > 0);
    }
    const { spec } = await get(namespace, 'pod', await podOf(namespace, 'twice'));
    expect(spec.ephemeralContainers).toHaveLength(1);
    await kubectl('delete', 'dlog', 'one', 'other', '-n', namespace);
  });

  it('the agent that lost its operator comes back to the next one, without another container', async () => {
    await kubectl(
      'delete',
      'pods',
      '-n',
      SYSTEM,
      '-l',
      'app.kubernetes.io/component=operator',
      '--force',
      '--grace-period=0',
    );
    await firesAgain();
    expect(await agents()).toEqual({ 'davylamp-1': true });
    await unharmed();
  });

  it('a restart of the API server changes nothing', async () => {
    const restart =
      process.env.DAVYLAMP_E2E_RESTART_APISERVER ?? 'docker exec kind-control-plane pkill -9 kube-apiserver';
    expect((await shell(restart)).code).toBe(0);
    await eventually('the API server answers', async () => (await kubectl('get', '--raw', '/readyz')) === 'ok', 120);
    await firesAgain();
    expect(await agents()).toEqual({ 'davylamp-1': true });
    await unharmed();
  });

  it('an agent that was killed is followed by another one', async () => {
    const { status } = await get(namespace, 'pod', pod);
    const id = status.ephemeralContainerStatuses[0].containerID.replace(/^.*:\/\//, '');
    const kill =
      process.env.DAVYLAMP_E2E_KILL ?? 'docker exec kind-control-plane ctr -n k8s.io tasks kill --signal SIGKILL';
    expect(await shell(`${kill} ${id}`)).toMatchObject({ code: 0 });
    await eventually('the next agent', async () => (await agents())['davylamp-2'] === true);
    await firesAgain();
    expect(await agents()).toEqual({ 'davylamp-1': false, 'davylamp-2': true });
    await unharmed();
  });

  it('what restarts the container ends the agent in it, and the probe comes back', async () => {
    await deployProgram(namespace, 'ending', {
      files: { 'main.js': `${TICK}setTimeout(() => process.exit(1), 15000);` },
      inject: false,
      container: RESTRICTED,
    });
    await apply(namespace, dynamicLog('ending', 'ending', PROBED, 'tick {ticks}'));
    await untilStatus(namespace, 'dlog', 'ending', 'armed', ({ pods }) => pods?.armed === 1);
    const ending = await podOf(namespace, 'ending');
    await eventually('the container starts again', async () => (await restarts(namespace, ending, 'app')) > 0);
    await eventually('the first agent ended', async () => (await attachedState(namespace, ending))?.terminated);
    await untilStatus(namespace, 'dlog', 'ending', 'armed by the next agent', ({ instances }) => {
      return instances?.some((one: Json) => one.state === 'Armed' && one.agentContainerName !== 'davylamp-1');
    });
    await kubectl('delete', 'dlog', 'ending', '-n', namespace);
    await kubectl('delete', 'deployment', 'ending', '-n', namespace, '--wait=false');
  });

  it('a pod that is deleted while it is entered is forgotten', async () => {
    await deployProgram(namespace, 'deleted', { files: { 'main.js': TICK }, inject: false, container: RESTRICTED });
    await apply(namespace, dynamicLog('deleted', 'deleted', PROBED, 'tick {ticks}'));
    await kubectl('delete', 'deployment', 'deleted', '-n', namespace);
    const { status } = await untilStatus(namespace, 'dlog', 'deleted', 'no pods', ({ pods }) => pods?.matched === 0);
    expect(conditionOf({ status }, 'Armed').reason).toMatch(/NoPodsMatched|PodsNotRunning/);
  });

  it('every agent ends when the probes are gone, and none is left behind', async () => {
    await kubectl('delete', 'dlog', '--all', '-n', namespace);
    await eventually(
      'the end of all agents',
      async () => {
        const { items } = await get(namespace, 'pods');
        const states: Json[] = items.flatMap(({ status }: Json) => status.ephemeralContainerStatuses ?? []);
        return states.length > 0 && states.every(({ state }) => state.terminated !== undefined);
      },
      90,
    );
    await unharmed();
  });
});
