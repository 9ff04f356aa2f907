import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { attach } from '../../src/attach/attach.ts';
import { inspectTarget } from '../../src/attach/target-process.ts';
import type { ProbeState } from '../../src/protocol/state.ts';
import type { WireProbe } from '../../src/protocol/wire-probe.ts';
import { seenByOthers, withoutInspector } from '../attach/entered.ts';
import { freePort } from '../free-ports.ts';
import { Application, buildRuntime } from '../runtime/node/harness/application.ts';
import { LocalAgent } from '../runtime/node/harness/local-agent.ts';
import { isInTime } from '../runtime/node/harness/probe.ts';
import type { SeenResult } from '../runtime/node/harness/seen-result.ts';

export const modules = fileURLToPath(new URL('./node_modules/', import.meta.url));

/** What is known of an application that runs. */
export interface Running {
  readonly application: Application;
  readonly url: string;
  readonly port: number;
  /** A directory of its own, in which it was started. */
  readonly directory: string;
}

/** An application that nobody here wrote, and how one sees that it works. */
export interface Tried {
  readonly file: string;
  args(port: number, directory: string): readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Prepares its directory. */
  prepare?(directory: string): Promise<void> | void;
  /** It ends by itself, so it is used once and from its start on; else it is used when it answers on its port. */
  readonly endsByItself?: boolean;
  /** Processes and threads that every probe is to be armed in before it is used; one, unless said. */
  readonly instances?: number;
  /** Exercises what it is for. @returns its answers, which are to be the same each time. */
  smoke(running: Running): Promise<unknown>;
  /** Takes what differs from run to run out of a line of its output. */
  normalize?(line: string): string;
}

export interface Run {
  readonly answers: unknown;
  /** Lines of its output and its errors, normalized and without repetitions. */
  readonly output: readonly string[];
}

/** What the probes told. */
export interface Told {
  /** Everything that was reported. */
  readonly results: readonly SeenResult[];
  /** The states of each probe in every process and thread that it was armed in. */
  readonly states: readonly ProbeState[];
}

/** Both runs of an application, on a machine that does other things too. */
export const TEST_MILLISECONDS = 300_000;

/** Times that the smoke test is run with probes, until they have told what is expected of them. */
const MAX_ROUNDS = 30;
/** Runs of an application that ends by itself: what is under way then may be lost, as the end waits a tenth of a second for it. */
const MAX_RUNS = 5;
/** Results come some milliseconds after their hits, or later on a busy machine. */
const ROUND_MILLISECONDS = 500;

/** The application on its own. */
export async function runAlone(tried: Tried): Promise<Run> {
  return await inDirectory(tried, {}, async (running) => await running.tell());
}

/** How the runtime comes into an application: with its start, or into the process that runs. */
export const WAYS = ['from its start', 'entered while it runs'] as const;
type Way = (typeof WAYS)[number];

/** @throws while what it is given is not as expected. */
type Expectation<T> = (given: T) => void;

/**
 * The application with probes: they are armed first, then it is used until they have told what is expected. A single hit may go
 * untold, on a busy machine, where a probe is out of its budget for a moment.
 * @throws what the expectation throws, when it is still not there at the end.
 */
export async function runProbed(
  tried: Tried,
  probes: readonly WireProbe[],
  way: Way,
  expectTold: Expectation<Told>,
): Promise<Run> {
  let run = await runOnce(tried, probes, way, expectTold);
  for (let again = 1; again < MAX_RUNS && tried.endsByItself && !isMet(expectTold, run); again++) {
    const { answers, output } = run;
    run = await runOnce(tried, probes, way, expectTold);
    expect({ answers: run.answers, output: run.output }).toEqual({ answers, output });
  }
  expectTold(run);
  return run;
}

function isMet<T>(expectation: Expectation<T>, given: T): boolean {
  try {
    expectation(given);
    return true;
  } catch {
    return false;
  }
}

async function runOnce(
  tried: Tried,
  probes: readonly WireProbe[],
  way: Way,
  expectTold: Expectation<Told>,
): Promise<Run & Told> {
  const agent = await new LocalAgent().listen();
  try {
    return await inDirectory(tried, { run: agent.directory, way }, async (running) => {
      const isArmed = ({ state }: ProbeState) => state === 'Armed';
      agent.wish(...probes);
      const areArmed = (process: { readonly probes: readonly ProbeState[] }) =>
        process.probes.filter(isArmed).length === probes.length;
      await agent.until(() => agent.processes().filter(areArmed).length >= (tried.instances ?? 1));
      const told = (): Told => ({
        results: agent.results.map(({ result }) => result),
        states: agent.processes().flatMap((process) => process.probes),
      });
      const run = await running.tell();
      // What is missing when it waited in vain is told by the expectation itself.
      const isDecided = agent
        .until(() => isMet(expectTold, told()))
        .then(
          () => true,
          () => true,
        );
      // What was out of its budget then has its turn later.
      for (let round = 1; round < MAX_ROUNDS && !tried.endsByItself; round++) {
        if (await Promise.race([isDecided, setTimeout(ROUND_MILLISECONDS, false)])) break;
        await running.tell();
      }
      await Promise.race([isDecided, setTimeout(2 * ROUND_MILLISECONDS)]);
      // Results of the last requests may be on their way yet.
      for (let before = -1; before !== agent.results.length; ) {
        before = agent.results.length;
        await setTimeout(2 * ROUND_MILLISECONDS);
      }
      return { ...run, ...told() };
    });
  } finally {
    await agent.close();
  }
}

async function inDirectory<T>(
  tried: Tried,
  { run, way }: { readonly run?: string; readonly way?: Way },
  use: (running: { tell(): Promise<Run> }) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'davylamp-application-'));
  await tried.prepare?.(directory);
  const port = await freePort();
  const isEntered = way === 'entered while it runs';
  const application = await Application.start(tried.file, {
    run: isEntered ? undefined : run,
    cwd: directory,
    args: tried.args(port, directory),
    nodeArgs: isEntered ? [`--inspect-port=127.0.0.1:${await freePort()}`] : [],
    env: tried.env,
    preloaded: run !== undefined && !isEntered,
  });
  try {
    const running: Running = { application, url: `http://127.0.0.1:${port}`, port, directory };
    if (!tried.endsByItself) await answering(running);
    if (isEntered && run !== undefined) await enter(application, run);
    const normalize = tried.normalize ?? ((line) => line);
    return await use({
      tell: async () => {
        const answers = await tried.smoke(running);
        const lines = [...application.lines, ...withoutInspector(application.errors).split('\n')];
        // Once each, and whatever the application has decorated its terminal with aside.
        const output = new Set(
          lines.map((line) => normalize(line.replaceAll(`${port}`, 'PORT').replaceAll(directory, 'DIR'))),
        );
        return { answers, output: [...output].filter((line) => /\w{3}/.test(line)).sort() };
      },
    });
  } finally {
    await application.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function enter({ child }: Application, run: string): Promise<void> {
  const preload = join(await buildRuntime(), 'preload.cjs');
  await attach(await inspectTarget(child.pid ?? 0), { run: seenByOthers(run), preload: seenByOthers(preload) });
}

async function answering({ url, application }: Running): Promise<void> {
  const signal = AbortSignal.timeout(100_000);
  for (;;) {
    const isThere = await fetch(url, { signal }).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    if (signal.aborted || application.child.exitCode !== null)
      throw new Error(`it does not answer: ${application.errors}`);
    await setTimeout(50);
  }
}

/** The line of the only place in a file with this text, counted from 1. */
export function lineWith(file: string, text: string): number {
  const lines = readFileSync(file, 'utf8').split('\n');
  const found = lines.flatMap((line, index) => (line.includes(text) ? [index + 1] : []));
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} lines of ${file} have ${text}`);
  return only;
}

/** Places in a file of a package: each by the text that only its line has. */
export function placesIn(file: string): (text: string) => { file: string; line: number } {
  return (text) => ({ file, line: lineWith(join(modules, file), text) });
}

/** The same in a source that a source map carries. */
export function sourceLineWith(mapFile: string, source: string, text: string): number {
  const map: { sources: string[]; sourcesContent: string[] } = JSON.parse(readFileSync(mapFile, 'utf8'));
  const content = map.sourcesContent[map.sources.findIndex((name) => name.endsWith(source))] ?? '';
  return content.split('\n').findIndex((line) => line.includes(text)) + 1;
}

/** Each of so many probes has told something, and is in the code, or out of it for its budget only. */
export function expectHits({ states, results }: Told, probes: number): void {
  const isThere = ({ state }: ProbeState) => state === 'Armed' || state === 'Suspended';
  expect(new Set(results.map(({ uid }) => uid)).size, JSON.stringify(states)).toBe(probes);
  expect(new Set(states.filter(isThere).map(({ uid }) => uid)).size, JSON.stringify(states)).toBe(probes);
}

/** The messages of a log that had the time for its values, in their order and without repetitions. */
export function messagesOf(told: Told, probe: WireProbe): string[] {
  const own = told.results.filter((result) => result.uid === probe.uid && isTelling(result));
  return [...new Set(own.flatMap(({ log }) => (log === undefined ? [] : [log.message])))];
}

/** On a busy machine the time of a hit can be up before everything was looked at. */
function isTelling(result: SeenResult): boolean {
  const { log, capture } = result;
  if (log !== undefined) return isInTime(result);
  if (capture === undefined) return true;
  const { frames, watches } = capture;
  return (frames[0]?.locals?.length ?? 0) > 0 || watches.some(({ value }) => value.notCaptured === undefined);
}

type Capture = NonNullable<SeenResult['capture']>;

function capturesOf({ results }: Told, { uid }: WireProbe): Capture[] {
  return results.flatMap((result) => (result.uid === uid && result.capture ? [result.capture] : []));
}

/** One of the captures of a snapshot is as wanted; which of the hits were captured is the machine's choice. */
export function expectCapture(told: Told, probe: WireProbe, expectWanted: Expectation<Capture>): void {
  const own = capturesOf(told, probe);
  if (own.some((capture) => isMet(expectWanted, capture))) return;
  const shown = JSON.stringify(own.slice(0, 3));
  expect.fail(`none of ${own.length} captures is as wanted, the first of them: ${shown}`);
}

/** There are captures of a snapshot, and each was taken where it was wanted. */
export function expectCapturedIn(told: Told, probe: WireProbe, wanted: Partial<Capture['frames'][number]>): void {
  const own = capturesOf(told, probe);
  expect(own.length).toBeGreaterThan(0);
  for (const { frames } of own) expect(frames[0]).toMatchObject(wanted);
}

/** Limits wide enough for a test that looks at values. */
export const limits: WireProbe['limits'] = {
  hitsPerSecond: 50,
  remainingHits: 10_000,
  cpuMillisecondsPerSecond: 200,
  maxStallMilliseconds: 1000,
  payloadBytes: 65_536,
};
