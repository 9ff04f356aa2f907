import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { policyStatusSchema } from '../src/api/policy.ts';
import { policyResource } from '../src/api/resources.ts';
import { STOP_POLICY, stopPolicy } from '../src/cli/stop.ts';
import type { AgentsAsks } from './operator/agents-part.ts';
import { BenchCluster, NAMESPACE, OPERATOR_NAMESPACE } from './operator/bench-cluster.ts';
import { machineTimes } from './operator/machine.ts';
import { bundleOperator, operatorImage } from './operator/operator-image.ts';
import type { OperatorAsks } from './operator/operator-part.ts';
import { Part } from './operator/part.ts';
import { podToken } from './operator/pod-token.ts';
import { PROGRAM, RealPod } from './operator/real-pod.ts';
import { type Figure, milliseconds, quantile } from './report.ts';

const AGENTS = Number(process.env.BENCH_AGENTS ?? 100);
const PROBES = 20;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 10);
const GOAL_MILLISECONDS = 2000;
/** A probe of the real process that was hit no longer ago than this is in its code: the program calls each function every 25 ms. */
const FRESH_MILLISECONDS = 200;
/** After the process was said to be clean, a hit would have come by now. */
const LISTENING_MILLISECONDS = 1000;
const TIMEOUT_MILLISECONDS = 120_000;
const STOP = policyResource('ClusterInstrumentationPolicy');

const statusSchema = z.object({
  metadata: z.object({ generation: z.int() }),
  status: policyStatusSchema.optional(),
});

/** Milliseconds from when the API server had acknowledged the object. */
interface Round {
  /** Until the last simulated agent was sent a set without probes. */
  readonly sets: number;
  /** Until the last hit of the real process; negative where none came any more. */
  readonly lastHit: number;
  /** The time that status gives as that of the last process, a whole second: up to one earlier than it was. */
  readonly cleanTime: number;
  /** Until status says so. */
  readonly said: number;
  /** CPU of the operator until then, and sets that each agent was sent. */
  readonly cpu: number;
  readonly sent: number;
  /** From when it was lifted until all probes are back. */
  readonly back: number;
}

/**
 * `kubectl davylamp stop --all`: a real API server, the operator in a process of its own, simulated agents with twenty probes each over the
 * real wire, and one real agent with a real program in which twenty probes are hit all the time. BENCH_AGENTS and BENCH_ROUNDS change how many.
 */
export async function measureStop(): Promise<Figure[]> {
  const startedAt = machineTimes();
  const cluster = await BenchCluster.start();
  const ending: (() => Promise<void>)[] = [() => cluster.stop()];
  const endAll = async (): Promise<void> => {
    for (const end of ending.splice(0).toReversed()) await end();
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const)
    process.once(name, () => void endAll().finally(() => process.exit(1)));
  try {
    const bench = await StopBench.start(cluster, ending);
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push(await bench.round());
      console.error(`  ${JSON.stringify(rounds.at(-1))}`);
    }
    const endedAt = machineTimes();
    const busy = Math.round(((endedAt.busy - startedAt.busy) / (endedAt.all - startedAt.all)) * 100);
    return [
      ...figuresOf(rounds),
      { what: `this machine: ${endedAt.processors} processors, busy`, measured: `${busy} %`, goal: '' },
    ];
  } finally {
    await endAll();
  }
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const medianOf = (of: (round: Round) => number): number => quantile(rounds.map(of), 0.5);
  const figure = (what: string, of: (round: Round) => number, hasGoal: boolean): Figure => {
    const values = rounds.map(of);
    const most = Math.max(...values);
    const measured = `${milliseconds(quantile(values, 0.5))} / ${milliseconds(most)}`;
    return hasGoal ? { what, measured, goal: '≤ 2 s', met: most <= GOAL_MILLISECONDS } : { what, measured, goal: '' };
  };
  return [
    figure(
      `stop --all, ${ROUNDS} rounds, median / most: until ${AGENTS} agents have a set without probes`,
      ({ sets }) => sets,
      true,
    ),
    figure(`… until the last hit of ${PROBES} probes in a real process`, ({ lastHit }) => lastHit, true),
    figure('… until the time that status.stop.lastCleanTime gives', ({ cleanTime }) => cleanTime, true),
    figure('… until the object says so', ({ said }) => said, false),
    {
      what: '… CPU of the operator until then / sets sent to each agent, median',
      measured: `${milliseconds(medianOf(({ cpu }) => cpu))} / ${medianOf(({ sent }) => sent).toFixed(1)}`,
      goal: '',
    },
    figure('stop --lift: until all probes are back', ({ back }) => back, false),
  ];
}

class StopBench {
  readonly #cluster: BenchCluster;
  readonly #operator: Part<OperatorAsks>;
  readonly #agents: Part<AgentsAsks>;
  readonly #real: RealPod;

  private constructor(cluster: BenchCluster, operator: Part<OperatorAsks>, agents: Part<AgentsAsks>, real: RealPod) {
    this.#cluster = cluster;
    this.#operator = operator;
    this.#agents = agents;
    this.#real = real;
  }

  /** With every probe in every pod. @param ending is told how to end what was started. */
  static async start(cluster: BenchCluster, ending: (() => Promise<void>)[]): Promise<StopBench> {
    const account = await cluster.createServiceAccount('bench');
    const pods = await cluster.createPods('orders', AGENTS, () => ({ app: 'orders' }));
    const [real] = await cluster.createPods('real', 1, () => ({ app: 'real' }));
    if (real === undefined) throw new Error('no pod was created');
    const folder = mkdtempSync(join(tmpdir(), 'davylamp-bench-'));
    ending.push(async () => rmSync(folder, { recursive: true, force: true }));
    const image = operatorImage();
    const operator = Part.start<OperatorAsks>(
      await bundleOperator(folder),
      {
        ...image.env,
        KUBECONFIG: cluster.kubeconfig,
        DAVYLAMP_NAMESPACE: OPERATOR_NAMESPACE,
        DAVYLAMP_GATEWAY_PORT: '0',
        DAVYLAMP_WEBHOOK_PORT: '0',
        DAVYLAMP_METRICS_PORT: '0',
      },
      [...image.options],
      process.env.BENCH_LOG,
    );
    ending.push(() => operator.end());
    const { gateway: port } = await operator.ask('ports', undefined);
    const gateway = { port, ca: await cluster.authority(), servername: `davylamp-gateway.${OPERATOR_NAMESPACE}.svc` };
    const owner = { namespace: NAMESPACE, serviceAccount: account };
    const agents = Part.start<AgentsAsks>('./agents-part.ts', {});
    ending.push(() => agents.end());
    await agents.ask('connect', { gateway, pods, owner, keyFile: cluster.keyFile });
    const token = podToken(readFileSync(cluster.keyFile, 'utf8'), owner, real);
    const pod = await RealPod.start({ ...gateway, podName: real.name, namespace: NAMESPACE, token });
    ending.push(() => pod.stop());
    await cluster.createProbes(0, PROBES, () => ({ app: 'orders' }));
    const lines = readFileSync(PROGRAM, 'utf8').split('\n');
    for (let index = 0; index < PROBES; index++) {
      const line = lines.findIndex((text) => text.endsWith(`// @${index}`)) + 1;
      const limits = { hitsPerSecond: 100, maxHits: 1_000_000, cpuMillisecondsPerSecond: 100 };
      const location = { file: 'stop.cjs', function: undefined, line };
      await cluster.applyProbe(`real-${index}`, { app: 'real' }, 'turn {n}', { location, limits });
    }
    const bench = new StopBench(cluster, operator, agents, pod);
    await bench.#armed();
    return bench;
  }

  async round(): Promise<Round> {
    const { client } = this.#cluster;
    await this.#armed();
    const cpu = this.#operator.cpuSeconds();
    const { sets } = await this.#agents.ask('state', undefined);
    const stopped = stopPolicy('ClusterInstrumentationPolicy', 'the benchmark');
    const ref = { name: STOP_POLICY };
    await client.apply(STOP, ref, stopped, { fieldManager: 'kubectl-davylamp', force: true });
    const begin = Date.now();
    const { saidAt, cleanTime } = await this.#clean();
    const emptied = await this.#emptied();
    const used = (this.#operator.cpuSeconds() - cpu) * 1000;
    const sent = (await this.#agents.ask('state', undefined)).sets - sets;
    await delay(LISTENING_MILLISECONDS);
    const lastHit = Math.max(...this.#real.hitAt.values());
    await client.delete(STOP, ref);
    const liftedAt = Date.now();
    await this.#armed();
    return {
      sets: Math.max(...emptied) - begin,
      lastHit: lastHit - begin,
      cleanTime: cleanTime - begin,
      said: saidAt - begin,
      cpu: used,
      sent: sent / AGENTS,
      back: Date.now() - liftedAt,
    };
  }

  /** Every simulated agent has its probes, and every probe of the real process has just been hit. */
  async #armed(): Promise<void> {
    await this.#until('all probes are armed', async () => {
      const { probes } = await this.#agents.ask('state', undefined);
      const hits = [...this.#real.hitAt.values()];
      const isFresh = hits.length === PROBES && Math.min(...hits) > Date.now() - FRESH_MILLISECONDS;
      return probes === AGENTS * PROBES && isFresh;
    });
  }

  async #emptied(): Promise<number[]> {
    let emptied: number[] = [];
    await this.#until('no agent has a probe', async () => {
      emptied = await this.#agents.ask('emptiedAt', undefined);
      return emptied.length === AGENTS;
    });
    return emptied;
  }

  /** Watches the object, as looking again and again would be late. */
  async #clean(): Promise<{ saidAt: number; cleanTime: number }> {
    const watch = this.#cluster.client.watchStream(STOP, {
      fieldSelector: `metadata.name=${STOP_POLICY}`,
      timeoutSeconds: TIMEOUT_MILLISECONDS / 1000,
    });
    for await (const { object } of watch) {
      const { data } = statusSchema.safeParse(object);
      const { stop, observedGeneration } = data?.status ?? {};
      if (observedGeneration !== data?.metadata.generation || stop?.lastCleanTime === undefined) continue;
      return { saidAt: Date.now(), cleanTime: Date.parse(stop.lastCleanTime) };
    }
    throw new Error('the object did not say that every process is clean');
  }

  async #until(what: string, is: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MILLISECONDS;
    while (!(await is())) {
      if (performance.now() > deadline) throw new Error(`${what}: not in time`);
      await delay(20);
    }
  }
}
