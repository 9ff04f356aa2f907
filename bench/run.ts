import { measureArming } from './arming.ts';
import { measureAttach } from './attach.ts';
import { measureCluster } from './cluster.ts';
import { measureDelay } from './delay.ts';
import { measureHit, measureRunaway } from './hit.ts';
import { measureHttp } from './http.ts';
import { measureMemory } from './memory.ts';
import { measureOperator } from './operator.ts';
import { type Figure, printTable } from './report.ts';
import { measureSnapshot } from './snapshot.ts';
import { measureStop } from './stop.ts';

/**
 * `npm run bench [hit] [snapshot] [arming] [delay] [memory] [runaway] [http] [operator] [stop] [cluster] [attach]`: everything unless parts are named. `cluster`
 * and `attach` need KUBECONFIG and an installed Davylamp; without KUBECONFIG they are left out, and said so. `operator` and `stop` take kube-apiserver and etcd as the
 * integration tests do.
 */
const parts: Record<string, () => Promise<Figure[]>> = {
  hit: measureHit,
  snapshot: measureSnapshot,
  arming: measureArming,
  delay: measureDelay,
  memory: measureMemory,
  runaway: measureRunaway,
  http: measureHttp,
  operator: measureOperator,
  stop: measureStop,
  cluster: measureCluster,
  attach: measureAttach,
};

const named = process.argv.slice(2);
const unknown = named.filter((name) => parts[name] === undefined);
if (unknown.length > 0) {
  console.error(`error: no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}
const figures: Figure[] = [];
for (const [name, measure] of Object.entries(parts)) {
  if (named.length > 0 && !named.includes(name)) continue;
  if ((name === 'cluster' || name === 'attach') && !process.env.KUBECONFIG) {
    console.error(`${name}: left out, KUBECONFIG is not set`);
    continue;
  }
  console.error(`measuring ${name} …`);
  figures.push(...(await measure()));
}
printTable(figures);
