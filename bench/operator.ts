import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { AgentsAsks, AgentsState } from './operator/agents-part.ts';
import { BenchCluster, type BenchPod, NAMESPACE, OPERATOR_NAMESPACE } from './operator/bench-cluster.ts';
import { machineTimes } from './operator/machine.ts';
import { bundleOperator, operatorImage } from './operator/operator-image.ts';
import type { LoopDelay, OperatorAsks } from './operator/operator-part.ts';
import { Part } from './operator/part.ts';
import { type Figure, milliseconds, quantile } from './report.ts';

const AGENTS = Number(process.env.BENCH_AGENTS ?? 10_000);
const PROBES = Number(process.env.BENCH_PROBES ?? 2_000);
/** Pods of one application, which as many probes mean as there are probes for each application. */
const PODS_OF_APP = 100;
const PARTS = 2;
const ROUNDS = 4;
const RESULTS = 3;
/** Pods without an agent and without a probe, whose labels change. */
const CHANGING_PODS = 200;
const CHANGES = 5;
const FEW_PROBES = 10;
/** What Node.js sets by itself in a container with a memory limit of 1 GiB. */
const HEAP_OPTION = '--max-old-space-size=512';
const TIMEOUT_MILLISECONDS = 600_000;

const say = (text: string): void => console.error(`  ${text}`);

/**
 * One replica of the operator, in a process of its own, with 10,000 simulated agents over TLS in two others and 2,000 probes, against a real
 * API server. All of them share this machine's processors, so the figures are those of an operator that has only a part of one.
 * BENCH_AGENTS and BENCH_PROBES make it smaller; BENCH_LOG names a file for what the operator logs, which else goes nowhere. BENCH_PROFILE
 * names a folder for CPU profiles of the operator, one of each phase (`connect.cpuprofile`, and likewise rest, plans, storm and restart, which
 * is of the second operator), as Chrome's developer tools read them. Profiling costs the operator time, so figures are taken without it, and
 * of the operator as its image has it: bundled, with the image's options; with BENCH_PROFILE the sources run, so that profiles name files.
 */
export async function measureOperator(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'davylamp-bench-'));
  const operatorFile = process.env.BENCH_PROFILE === undefined ? await bundleOperator(folder) : './operator-part.ts';
  const cluster = await BenchCluster.start();
  const parts: { end(signal?: NodeJS.Signals): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.allSettled(parts.map((part) => part.end('SIGKILL')));
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const)
    process.once(name, () => void stop().finally(() => process.exit(1)));
  try {
    return await new OperatorBench(cluster, operatorFile, parts).run();
  } finally {
    await stop();
  }
}

class OperatorBench {
  readonly #cluster: BenchCluster;
  readonly #operatorFile: string;
  readonly #image = operatorImage();
  readonly #parts: { end(signal?: NodeJS.Signals): Promise<void> }[];
  readonly #figures: Figure[] = [];
  readonly #apps = Math.max(1, Math.ceil(AGENTS / PODS_OF_APP));
  #operator: Part<OperatorAsks>;
  #agents: Part<AgentsAsks>[] = [];
  /** CPU seconds of the present operator that were printed already. */
  #cpuBefore = 0;
  #setsBefore = 0;

  constructor(cluster: BenchCluster, operatorFile: string, parts: { end(signal?: NodeJS.Signals): Promise<void> }[]) {
    this.#cluster = cluster;
    this.#operatorFile = operatorFile;
    this.#parts = parts;
    this.#operator = this.#startOperator();
  }

  /** What was measured until it failed, if it did. */
  async run(): Promise<Figure[]> {
    const startedAt = machineTimes();
    try {
      await this.#measure();
    } catch (error) {
      const measured = error instanceof Error ? error.message : String(error);
      this.#figures.push({ what: 'the benchmark ended early', measured, goal: '', met: false });
    }
    const endedAt = machineTimes();
    const percentOf = (key: 'busy' | 'own') => {
      return `${Math.round(((endedAt[key] - startedAt[key]) / (endedAt.all - startedAt.all)) * 100)} %`;
    };
    this.#figures.push({
      what: `this machine: ${endedAt.processors} processors, for operator, agents and API server; busy / with these`,
      measured: `${percentOf('busy')} / ${percentOf('own')}`,
      goal: '',
    });
    return this.#figures;
  }

  async #measure(): Promise<void> {
    const cluster = this.#cluster;
    const account = await cluster.createServiceAccount('bench');
    say(`creating ${AGENTS} pods …`);
    const pods = await cluster.createPods('orders', AGENTS, (index) => ({
      fleet: 'all',
      app: `app-${index % this.#apps}`,
    }));
    const changing = await cluster.createPods('changing', CHANGING_PODS, () => ({ app: 'none' }));
    await cluster.createProbes(0, FEW_PROBES, (index) => this.#labelsOf(index));
    const { gateway: port } = await this.#operator.ask('ports', undefined);
    await this.#written(FEW_PROBES);
    const few = await this.#costOfPodEvent(changing);
    say(`creating ${PROBES} probes …`);
    await cluster.createProbes(FEW_PROBES, PROBES, (index) => this.#labelsOf(index));
    await this.#written(PROBES);
    const many = await this.#costOfPodEvent(changing);
    this.#figures.push({
      what: `a pod event beside ${FEW_PROBES} / ${PROBES} probes that do not match it, CPU`,
      measured: `${milliseconds(few)} / ${milliseconds(many)} (× ${(many / few).toFixed(2)})`,
      goal: 'the same',
      met: many / few < 1.25,
    });
    await this.#profiled('connect', () => this.#connect(port, pods, account));
    await this.#profiled('rest', () => this.#rest());
    await this.#profiled('plans', () => this.#changePlans());
    await this.#profiled('storm', () => this.#storm());
    await this.#end('of the first operator');
    await this.#restart();
  }

  /** All agents dial within half a second, as after an outage. */
  async #connect(port: number, pods: readonly BenchPod[], account: { name: string; uid: string }): Promise<void> {
    const cluster = this.#cluster;
    await this.#operator.ask('delay', undefined);
    this.#cpuBefore = this.#operator.cpuSeconds();
    const gateway = { port, ca: await cluster.authority(), servername: `davylamp-gateway.${OPERATOR_NAMESPACE}.svc` };
    this.#agents = Array.from({ length: PARTS }, () => Part.start<AgentsAsks>('./agents-part.ts', {}));
    this.#parts.push(...this.#agents);
    const owner = { namespace: NAMESPACE, serviceAccount: account };
    const share = Math.ceil(pods.length / PARTS);
    const startedAt = performance.now();
    await Promise.all(
      this.#agents.map((part, index) => {
        const own = pods.slice(index * share, (index + 1) * share);
        return part.ask('connect', { gateway, pods: own, owner, keyFile: cluster.keyFile });
      }),
    );
    await this.#until('agents connected', ({ stating }) => stating === AGENTS);
    this.#figure(`${AGENTS} agents connect for the first time`, performance.now() - startedAt);
    const armedAt = await this.#armed();
    this.#figure(`… and every status says that its probe is armed everywhere`, armedAt - startedAt);
    await this.#loop('event loop while agents connect');
  }

  async #rest(): Promise<void> {
    const writes = await this.#writes();
    const cpu = this.#operator.cpuSeconds();
    const seconds = 20;
    await this.#operator.ask('delay', undefined);
    await delay(seconds * 1000);
    const { now } = this.#operator.memory();
    const { heapUsed, external } = await this.#operator.ask('memory', undefined);
    say(`JavaScript's heap ${Math.round(heapUsed / 2 ** 20)} MiB, outside of it ${Math.round(external / 2 ** 20)} MiB`);
    const used = (this.#operator.cpuSeconds() - cpu) / seconds;
    await this.#loop('event loop at rest');
    this.#figures.push({
      what: 'RSS at rest',
      measured: `${Math.round(now)} MiB`,
      goal: '≤ 1024 MiB',
      met: now <= 1024,
    });
    this.#figures.push({ what: 'CPU at rest', measured: `${(used * 100).toFixed(1)} %`, goal: '' });
    const written = (await this.#writes()) - writes;
    this.#figures.push({
      what: `status writes in ${seconds} s at rest`,
      measured: `${written}`,
      goal: '0',
      met: written === 0,
    });
  }

  /** One probe that means all pods is created, changed and taken away again. */
  async #changePlans(): Promise<void> {
    const latencies: number[] = [];
    const worst: number[] = [];
    await this.#operator.ask('delay', undefined);
    for (let round = 0; round < ROUNDS; round += 1) {
      const text = `round ${round}`;
      const appliedAt = Date.now();
      await this.#cluster.applyProbe('broad', { fleet: 'all' }, text);
      const held = await this.#held(text);
      const own = held.map((time) => time - appliedAt);
      latencies.push(...own);
      worst.push(Math.max(...own));
      if (round === 0) {
        await this.#armedInAll('broad');
        this.#figure('a probe in all pods: until status says so', Date.now() - appliedAt);
      } else await delay(3000);
    }
    await this.#loop('event loop while plans change');
    const p99 = quantile(latencies, 0.99);
    this.#figures.push({
      what: `a plan change, until all agents have acknowledged it, p50 / p99 / last of ${ROUNDS} rounds`,
      measured: `${milliseconds(quantile(latencies, 0.5))} / ${milliseconds(p99)} / ${milliseconds(Math.max(...worst))}`,
      goal: 'p99 ≤ 2 s',
      met: p99 <= 2000,
    });
    await this.#cluster.deleteProbe('broad');
    await delay(3000);
    await this.#loop('event loop while a probe leaves all pods');
  }

  /** Every socket is cut while results are on their way. */
  async #storm(): Promise<void> {
    const before = await this.#counter('davylamp_results_total{kind="DynamicLog"}');
    await this.#operator.ask('delay', undefined);
    const startedAt = performance.now();
    await Promise.all(this.#agents.map((part) => part.ask('hit', RESULTS)));
    await Promise.all(this.#agents.map((part) => part.ask('cut', undefined)));
    await delay(100);
    const isSettled = (state: AgentsState) => state.stating === AGENTS && state.unacknowledged === 0;
    await this.#until('agents back', isSettled);
    const settled = performance.now() - startedAt;
    const received = (await this.#counter('davylamp_results_total{kind="DynamicLog"}')) - before;
    await this.#loop('event loop in a reconnect storm');
    await this.#hitsWritten(received);
    const lost = AGENTS * RESULTS - received;
    this.#figures.push({
      what: `a reconnect storm of ${AGENTS} agents, until all hold their set and every result is acknowledged`,
      measured: milliseconds(settled),
      goal: '≤ 30 s',
      met: settled <= 30_000,
    });
    this.#figures.push({
      what: `… results lost of ${AGENTS * RESULTS}`,
      measured: `${lost}`,
      goal: '0',
      met: lost === 0,
    });
    this.#figure('… and every status is settled again', performance.now() - startedAt);
  }

  /** Another operator takes over probes and agents of one that has ended. */
  async #restart(): Promise<void> {
    const transitions = await this.#cluster.leaseTransitions();
    const startedAt = performance.now();
    this.#operator = this.#startOperator();
    this.#cpuBefore = 0;
    await this.#profiled('restart', async () => {
      const { gateway: port } = await this.#operator.ask('ports', undefined);
      const gateway = {
        port,
        ca: await this.#cluster.authority(),
        servername: `davylamp-gateway.${OPERATOR_NAMESPACE}.svc`,
      };
      await Promise.all(this.#agents.map((part) => part.ask('gateway', gateway)));
      await this.#until('agents back', ({ stating }) => stating === AGENTS);
      this.#figure('another operator starts, until all agents hold their set again', performance.now() - startedAt);
      await delay(5000);
      await this.#loop('event loop after the start');
    });
    await this.#end('of the second operator');
    const lost = (await this.#cluster.leaseTransitions()) - transitions - 1;
    this.#figures.push({ what: 'times that the Lease was lost', measured: `${lost}`, goal: '0', met: lost === 0 });
  }

  /** Runs a phase, of which BENCH_PROFILE wants a profile of the operator. */
  async #profiled(phase: string, run: () => Promise<void>): Promise<void> {
    const folder = process.env.BENCH_PROFILE;
    if (folder === undefined) return await run();
    mkdirSync(folder, { recursive: true });
    await this.#operator.ask('profile', undefined);
    await run();
    await this.#operator.ask('profile', join(folder, `${phase}.cpuprofile`));
  }

  async #end(which: string): Promise<void> {
    const { all } = await this.#operator.ask('delay', undefined);
    const end = await this.#operator.ask('ended', undefined);
    if (end !== undefined) throw new Error(`the operator ended by itself: ${end}`);
    const { most } = this.#operator.memory();
    this.#figures.push({
      what: `RSS ${which} at most`,
      measured: `${Math.round(most)} MiB`,
      goal: '≤ 1024 MiB',
      met: most <= 1024,
    });
    this.#delay(`event loop ${which} over all, late by p50 / p99 / most`, all, true);
    await this.#operator.end();
  }

  /** CPU milliseconds of the operator for one change of a pod that no probe means. */
  async #costOfPodEvent(pods: readonly BenchPod[]): Promise<number> {
    const cluster = this.#cluster;
    await cluster.changePods(pods, 1);
    await delay(3000);
    const quiet = this.#operator.cpuSeconds();
    await delay(5000);
    const perSecond = (this.#operator.cpuSeconds() - quiet) / 5;
    const before = this.#operator.cpuSeconds();
    const startedAt = performance.now();
    await cluster.changePods(pods, CHANGES);
    await delay(1000);
    const seconds = (performance.now() - startedAt) / 1000;
    const used = this.#operator.cpuSeconds() - before - perSecond * seconds;
    return (used * 1000) / (pods.length * CHANGES);
  }

  #startOperator(): Part<OperatorAsks> {
    const environment = {
      ...this.#image.env,
      KUBECONFIG: this.#cluster.kubeconfig,
      DAVYLAMP_NAMESPACE: OPERATOR_NAMESPACE,
      DAVYLAMP_GATEWAY_PORT: '0',
      DAVYLAMP_WEBHOOK_PORT: '0',
      DAVYLAMP_METRICS_PORT: '0',
    };
    const operator = Part.start<OperatorAsks>(
      this.#operatorFile,
      environment,
      [HEAP_OPTION, ...this.#image.options],
      process.env.BENCH_LOG,
    );
    this.#parts.push(operator);
    return operator;
  }

  #labelsOf(index: number): Record<string, string> {
    return { app: `app-${index % this.#apps}` };
  }

  async #until(what: string, is: (state: AgentsState) => boolean): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MILLISECONDS;
    for (;;) {
      const states = await Promise.all(this.#agents.map((part) => part.ask('state', undefined)));
      const sum = (of: (state: AgentsState) => number) => states.reduce((all, state) => all + of(state), 0);
      const state = {
        connected: sum(({ connected }) => connected),
        stating: sum(({ stating }) => stating),
        unacknowledged: sum(({ unacknowledged }) => unacknowledged),
        sets: sum(({ sets }) => sets),
        probes: sum(({ probes }) => probes),
      };
      if (is(state)) return;
      const end = await this.#operator.ask('ended', undefined);
      if (end !== undefined) throw new Error(`${what}: the operator has ended by itself: ${end}`);
      if (performance.now() > deadline) throw new Error(`${what}: not in time: ${JSON.stringify(state)}`);
      await delay(100);
    }
  }

  async #held(text: string): Promise<number[]> {
    const deadline = performance.now() + TIMEOUT_MILLISECONDS;
    for (;;) {
      const held = (await Promise.all(this.#agents.map((part) => part.ask('heldAt', text)))).flat();
      if (held.length === AGENTS) return held;
      if (performance.now() > deadline) throw new Error(`${text}: ${held.length} agents have it`);
      await delay(200);
    }
  }

  /** Waits until every probe has a status. */
  async #written(probes: number): Promise<void> {
    await this.#cluster.until(
      'statuses written',
      (all) => all.filter(({ status }) => status?.conditions).length >= probes,
    );
  }

  async #armed(): Promise<number> {
    await this.#cluster.until('probes armed', (all) =>
      all.every(({ status }) => status?.pods?.armed === status?.pods?.matched && (status?.pods?.matched ?? 0) > 0),
    );
    return performance.now();
  }

  async #armedInAll(name: string): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MILLISECONDS;
    while ((await this.#cluster.probe(name)).status?.pods?.armed !== AGENTS) {
      if (performance.now() > deadline) throw new Error(`${name}: not armed everywhere`);
      await delay(200);
    }
  }

  async #hitsWritten(hits: number): Promise<void> {
    await this.#cluster.until('hits written', (all) => {
      const isArmed = all.every(({ status }) => status?.pods?.armed === status?.pods?.matched);
      return isArmed && all.reduce((sum, { status }) => sum + (status?.hits ?? 0), 0) === hits;
    });
  }

  async #counter(name: string): Promise<number> {
    const { metrics } = await this.#operator.ask('ports', undefined);
    const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length + 1),
    );
  }

  #writes(): Promise<number> {
    return this.#counter('davylamp_status_writes_total');
  }

  async #loop(what: string): Promise<void> {
    const { since } = await this.#operator.ask('delay', undefined);
    this.#delay(`${what}, late by p50 / p99 / most`, since, false);
    const cpu = this.#operator.cpuSeconds();
    const states = await Promise.all(this.#agents.map((part) => part.ask('state', undefined)));
    const sets = states.reduce((all, state) => all + state.sets, 0);
    const perAgent = (sum: number, digits: number) => (sum / AGENTS).toFixed(digits);
    const measured = `${perAgent((cpu - this.#cpuBefore) * 1000, 2)} ms / ${perAgent(sets - this.#setsBefore, 2)}`;
    say(`CPU of the operator / sets sent, for each agent: ${measured}`);
    this.#figures.push({ what: `… CPU of the operator / sets sent, for each agent`, measured, goal: '' });
    this.#setsBefore = sets;
    this.#cpuBefore = cpu;
  }

  #delay(what: string, { p50, p99, max }: LoopDelay, isGoal: boolean): void {
    const measured = `${milliseconds(p50)} / ${milliseconds(p99)} / ${milliseconds(max)}`;
    say(`${what}: ${measured}`);
    this.#figures.push({ what, measured, goal: isGoal ? 'p99 ≤ 50 ms' : '', met: isGoal ? p99 <= 50 : undefined });
  }

  #figure(what: string, value: number): void {
    say(`${what}: ${milliseconds(value)}`);
    this.#figures.push({ what, measured: milliseconds(value), goal: '' });
  }
}
