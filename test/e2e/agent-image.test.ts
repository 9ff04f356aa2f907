import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM, setup, upgrade } from './install.ts';
import { apply, eventually, get, type Json, kubectl, untilStatus } from './kubectl.ts';
import { deployProgram, dynamicLog, freshNamespace, pods } from './workloads.ts';

/** Images of the agent that cannot be pulled: new pods of the cluster start all the same. */
describe("when the agent's image does not exist", () => {
  const namespace = 'e2e-agent-image';
  const missing = 'does-not-exist';
  const files = {
    'main.js': 'function tick(n) { return n + 1; }\nlet n = 0; setInterval(() => { n = tick(n); }, 100);',
  };

  beforeAll(async () => {
    await freshNamespace(namespace);
  });

  afterAll(() => setup());

  const sidecarOf = (pod: Json): Json =>
    pod.spec.initContainers?.find((container: Json) => container.name === 'davylamp');

  const checkPods = async (): Promise<Json[]> => {
    const { items } = JSON.parse(
      await kubectl('get', 'pods', '-n', SYSTEM, '-l', 'davylamp.dev/agent-check=true', '-o', 'json'),
    );
    return items;
  };

  const operatorsServe = (): Promise<string> =>
    kubectl('rollout', 'status', 'deployment/davylamp-operator', '-n', SYSTEM, '--timeout=120s');

  async function eventSays(reason: string, space: string, text: string): Promise<void> {
    await eventually(`Event ${reason}: ${text}`, async () => {
      const { items } = await get(space, 'events.events.k8s.io');
      return items.some((one: Json) => one.reason === reason && one.note.includes(text));
    });
  }

  it('an upgrade fails and says so, the operator serves on, and new pods get the image that ran before', async () => {
    const [before] = await checkPods();
    const ran = before.spec.containers[0].image;
    const { code, stderr } = await upgrade(missing, '--wait', '--timeout', '30s');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/davylamp-agent-check|timed out|deadline/);
    await operatorsServe();
    await eventSays('AgentImageNotRunning', SYSTEM, `New pods get ${ran} until it does.`);

    await deployProgram(namespace, 'upgraded', { files });
    const [pod] = await pods(namespace, 'upgraded');
    expect(sidecarOf(pod).image).toBe(ran);
    await apply(namespace, dynamicLog('upgraded', 'upgraded', { file: 'main.js', line: 1 }, 'n {n}'));
    await untilStatus(namespace, 'dlog', 'upgraded', 'hits', (status) => status.hits > 0);
  });

  it('an operator that starts anew meanwhile remembers the image that ran', async () => {
    await kubectl('scale', 'deployment/davylamp-agent-check', '-n', SYSTEM, '--replicas=0');
    await eventually('no check pod', async () => (await checkPods()).length === 0);
    await kubectl('rollout', 'restart', 'deployment/davylamp-operator', '-n', SYSTEM);
    await operatorsServe();
    await deployProgram(namespace, 'remembered', { files });
    const [pod] = await pods(namespace, 'remembered');
    expect(sidecarOf(pod).image).not.toContain(missing);
  });

  it('a first installation injects nothing, and says so on pod and probe, until the image runs', async () => {
    await kubectl('patch', 'configmap', 'davylamp-agent-image', '-n', SYSTEM, '--type=merge', '-p', '{"data":null}');
    await kubectl('rollout', 'restart', 'deployment/davylamp-operator', '-n', SYSTEM);
    await operatorsServe();
    await kubectl('scale', 'deployment/davylamp-agent-check', '-n', SYSTEM, '--replicas=1');
    await eventSays('AgentImageNotRunning', SYSTEM, 'New pods get no agent until it does.');

    await deployProgram(namespace, 'first', { files });
    const [pod] = await pods(namespace, 'first');
    expect(sidecarOf(pod)).toBeUndefined();
    await eventSays('AgentImageNotRunning', namespace, 'Container app: ');
    await apply(namespace, dynamicLog('first', 'first', { file: 'main.js', line: 1 }, 'n {n}'));
    const { status } = await untilStatus(namespace, 'dlog', 'first', 'the reason', (now) => now.pods?.failed === 1);
    expect(status.instances[0]).toMatchObject({ state: 'Failed', reason: 'AgentImageNotRunning' });

    await setup();
    await kubectl('rollout', 'restart', 'deployment/first', '-n', namespace);
    await kubectl('rollout', 'status', 'deployment/first', '-n', namespace, '--timeout=120s');
    await untilStatus(namespace, 'dlog', 'first', 'hits', (now) => now.hits > 0);
  });
});
