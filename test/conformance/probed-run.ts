import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { attach } from '../../src/attach/attach.ts';
import { inspectTarget } from '../../src/attach/target-process.ts';
import { preloadFile } from '../../src/local/runtime-files.ts';
import type { ProbeState } from '../../src/protocol/state.ts';
import { seenByOthers, withoutInspector } from '../attach/entered.ts';
import { freePort } from '../free-ports.ts';
import { Application } from '../runtime/node/harness/application.ts';
import { LocalAgent } from '../runtime/node/harness/local-agent.ts';
import type { SeenResult } from '../runtime/node/harness/seen-result.ts';
import { Golden, isSame, UPDATES } from './golden.ts';
import type { MarkedProbe, Program } from './marked-probes.ts';
import { keyOf } from './matrix.ts';
import { renderResult } from './rendered.ts';

export interface RunOptions {
  /** Executable of Node.js, and its major version. */
  readonly node: string;
  readonly major: string;
  /** The variant that is run, which is the name of its folder below `output`. */
  readonly tool: string;
  readonly output: string;
  /** Whether the runtime is loaded into the running process, instead of with it. */
  readonly attached: boolean;
}

/** What came of each probe, by program and title. */
export type Found = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** Probes that are in the process at a time, and so the most that one set holds. */
const PROBES_PER_BATCH = 100;
/** A program that was disturbed by other work of the machine runs again. */
const MOST_RUNS = 40;
const SETTLE_MILLISECONDS = 200;
/** Until pauses, of which a process has some each second, may be had again. */
const PAUSES_MILLISECONDS = 500;
/** A worker thread connects some time after it started; what waits then goes on waiting. */
const ARMING_MILLISECONDS = 4_000;

/** Runs programs in one process, with all their probes in it. */
export async function runProbed(programs: readonly Program[], options: RunOptions): Promise<Found> {
  const agent = await new LocalAgent().listen();
  const application = await startProgram(agent, options);
  try {
    const found = new Map<string, ReadonlyMap<string, readonly string[]>>();
    for (const batch of batchesOf(programs)) {
      await arm(agent, batch);
      for (const program of batch) found.set(program.name, await runProgram(program, agent, application, options));
    }
    const errors = options.attached ? withoutInspector(application.errors) : application.errors;
    if (errors !== '') throw new Error(`the program wrote to its standard error: ${errors}`);
    return found;
  } finally {
    await application.stop();
    await agent.close();
  }
}

async function startProgram(agent: LocalAgent, { node, tool, output, attached }: RunOptions): Promise<Application> {
  const folder = join(output, tool);
  const { NODE_OPTIONS: _, ...env } = process.env;
  const port = attached ? await freePort() : 0;
  const nodeArgs = attached ? [`--inspect-port=127.0.0.1:${port}`] : [];
  const child = spawn(node, [...nodeArgs, '--no-warnings', 'main.js'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: attached ? env : { ...env, NODE_OPTIONS: `--require=${preloadFile()}`, DAVYLAMP_RUN: agent.directory },
  });
  const application = new Application(child);
  await application.line((line) => line === 'ready');
  if (attached) {
    const target = await inspectTarget(child.pid ?? 0);
    // A snapshot is refused while the inspector is open, which this waits for.
    await attach(target, { run: seenByOthers(agent.directory), preload: seenByOthers(preloadFile()) });
  }
  await agent.until(() => agent.processes().length > 0);
  return application;
}

function batchesOf(programs: readonly Program[]): Program[][] {
  const batches: Program[][] = [[]];
  let count = 0;
  for (const program of programs) {
    count += program.probes.length;
    if (count > PROBES_PER_BATCH) {
      batches.push([]);
      count = program.probes.length;
    }
    batches.at(-1)?.push(program);
  }
  return batches;
}

async function arm(agent: LocalAgent, programs: readonly Program[]): Promise<void> {
  const probes = programs.flatMap((program) => program.probes.map(({ wire }) => wire));
  agent.wish(...probes);
  await agent.until(() => probes.every(({ uid }) => stateOf(agent, uid).state !== 'Pending'));
  const isSettled = (uid: string) => ['Armed', 'Failed'].includes(stateOf(agent, uid).state);
  await Promise.race([agent.until(() => probes.every(({ uid }) => isSettled(uid))), delay(ARMING_MILLISECONDS)]);
}

/** The state in the process, or in the thread, that got furthest. */
function stateOf(agent: LocalAgent, uid: string): Pick<ProbeState, 'state' | 'reason' | 'message'> {
  const states = agent.processes().flatMap(({ probes }) => probes.filter((probe) => probe.uid === uid));
  const find = (name: string) => states.find(({ state }) => state === name);
  return find('Armed') ?? find('Failed') ?? states[0] ?? { state: 'Pending', reason: 'Progressing' };
}

async function runProgram(
  program: Program,
  agent: LocalAgent,
  application: Application,
  options: RunOptions,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const golden = new Golden(program.goldenPath);
  const expected = (probe: MarkedProbe) => golden.expected(probe.title, keyOf(options, options.major));
  const repeats = Number(options.major) < 24;
  // A busy machine cuts one result in this run and another one in the next, so each probe may have its own run.
  const good = new Map<string, string[]>();
  let before = '';
  for (let run = 1; ; run += 1) {
    agent.results.length = 0;
    application.lines.length = 0;
    application.tell(program.name);
    const end = await application.line((line) => line.endsWith(` ${program.name}`));
    if (!end.startsWith('done')) throw new Error(`${program.name} ${end} ${application.lines.join('\n')}`);
    const linesNow = (probe: MarkedProbe) =>
      good.get(probe.title) ?? linesOf(probe, program, agent, golden.closureNames(probe.title), repeats);
    const collect = () => new Map(program.probes.map((probe) => [probe.title, linesNow(probe)]));
    const isExpected = () => program.probes.every((probe) => isSame(linesNow(probe), expected(probe)));
    await Promise.race([agent.until(isExpected), delay(SETTLE_MILLISECONDS)]);
    const isWhole = agent.results.every(({ result }) => isComplete(result));
    if (isExpected() || (run >= MOST_RUNS && (isWhole || !UPDATES || run >= 3 * MOST_RUNS))) return collect();
    // What is to become golden text has to come twice.
    const now = JSON.stringify([...collect()]);
    if (UPDATES && isWhole && now === before) return collect();
    before = now;
    for (const probe of UPDATES ? [] : program.probes) {
      const lines = linesNow(probe);
      if (isSame(lines, expected(probe))) good.set(probe.title, lines);
    }
    await delay(PAUSES_MILLISECONDS);
  }
}

/**
 * @param repeats whether V8 may evaluate the condition of a breakpoint at `throw new …` twice, now and then, as it does before Node.js
 * 24; the second result is left out.
 */
function linesOf(
  { wire }: MarkedProbe,
  program: Program,
  agent: LocalAgent,
  closure: ReadonlySet<string>,
  repeats: boolean,
): string[] {
  const results = agent.results
    .filter(({ result }) => result.uid === wire.uid)
    .map(({ result }) => renderResult(result, program, closure));
  const kept = results.filter((lines, index) => !repeats || index === 0 || !isSame(lines, results[index - 1] ?? []));
  if (kept.length > 0) return kept.flat();
  const { state, reason, message } = stateOf(agent, wire.uid);
  if (state === 'Armed') return ['never hit'];
  // Other messages name files of this machine.
  return [reason === 'ExpressionInvalid' ? `${state} ${reason}: ${message}` : `${state} ${reason}`];
}

/** Whether nothing is missing for want of time. */
function isComplete({ log, capture }: SeenResult): boolean {
  return (
    !/"time"|EvaluationTimeout|out of time/.test(JSON.stringify([log, capture])) &&
    (capture?.cut?.includes('payloadBytes') ?? true)
  );
}
