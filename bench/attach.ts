import { apply, eventually, kubectl } from '../test/e2e/kubectl.ts';
import {
  attachedState,
  deployProgram,
  dynamicLog,
  freshNamespace,
  podOf,
  RESTRICTED,
  RESTRICTED_NAMESPACE,
} from '../test/e2e/workloads.ts';
import { follow } from './follow.ts';
import { type Figure, milliseconds, quantile } from './report.ts';

const PODS = 20;
const namespace = 'davylamp-bench-attach';

/** Its line is reached twenty times a second. */
const PROGRAM = `let ticks = 0;
function tick() {
  ticks += 1;
}
setInterval(tick, 50);
`;

/**
 * From the answer of `kubectl apply` to the first line in status, in pods that nobody prepared: user 1000, read-only root, restricted Pod
 * Security Standard; one pod after the other. And whether each agent has ended with exit code 0 after its probe was deleted.
 */
export async function measureAttach(): Promise<Figure[]> {
  await freshNamespace(namespace, RESTRICTED_NAMESPACE);
  const names = Array.from({ length: PODS }, (_, index) => `plain-${index}`);
  for (const name of names) {
    await deployProgram(namespace, name, { files: { 'main.js': PROGRAM }, inject: false, container: RESTRICTED });
  }
  const pods = await Promise.all(names.map((name) => podOf(namespace, name)));
  const seen = new Map<string, number>();
  const stop = follow(
    ['get', 'dlog', '-n', namespace, '-w', '-o', 'jsonpath={.metadata.name} {.status.recent[0].time}{"\\n"}'],
    (line) => {
      const [name = '', time] = line.split(' ');
      if (time && !seen.has(name)) seen.set(name, performance.now());
    },
  );
  const first: number[] = [];
  for (const name of names) {
    await apply(namespace, dynamicLog(name, name, { file: 'main.js', line: 3 }, 'tick {ticks}'));
    const applied = performance.now();
    const at = await eventually(`a line of ${name}`, async () => seen.get(name), 60);
    first.push(Math.max(0, at - applied));
    await kubectl('delete', 'dlog', name, '-n', namespace);
  }
  stop();
  let clean = 0;
  for (const pod of pods) {
    const ended = await eventually(
      `the end of the agent of ${pod}`,
      async () => (await attachedState(namespace, pod))?.terminated,
      120,
    );
    if (ended.exitCode === 0) clean += 1;
  }
  await kubectl('delete', 'namespace', namespace, '--wait=false');
  const p50 = quantile(first, 0.5);
  return [
    {
      what: `apply → first line, pod that nobody prepared, p50 / most of ${PODS}`,
      measured: `${milliseconds(p50)} / ${milliseconds(quantile(first, 1))}`,
      goal: 'p50 ≤ 3 s',
      met: p50 <= 3000,
    },
    {
      what: 'its agent has ended with exit code 0',
      measured: `${clean} of ${PODS}`,
      goal: `${PODS} of ${PODS}`,
      met: clean === PODS,
    },
  ];
}
