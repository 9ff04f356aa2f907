import { randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { WireProbe } from '../../src/protocol/wire-probe.ts';
import { AgentEnd } from '../runtime/node/harness/agent-end.ts';
import { Application } from '../runtime/node/harness/application.ts';
import { Leaks } from './programs/leaks.ts';
import { makePolicyProgram, makeProgram, type Program, sourceOf } from './programs/program.ts';
import { Random } from './programs/random.ts';

/** Programs to make: DAVYLAMP_PROGRAMS=10000 for a release; DAVYLAMP_SEED makes those of another run again. */
const PROGRAMS = Number(process.env.DAVYLAMP_PROGRAMS ?? 400);
const SEED = Number(process.env.DAVYLAMP_SEED ?? randomInt(2 ** 31));
const PROGRAMS_PER_FILE = 1000;
const PROBES_AT_A_TIME = 180;
/** Programs that are run without the policies that hide their secrets. */
const UNCOVERED_PROGRAMS = Math.min(200, Math.max(60, Math.round(PROGRAMS / 50)));
/** On a busy machine a hit can be out of time, so what has not said all is run again. */
const MOST_RUNS = 200;
const MOST_LEAKS = 12;
/** A process in distress is left without probes for half a minute, and for a whole one the next time. */
const MOST_SILENCE_MILLISECONDS = 300_000;
/** Credentials in a header go to the end of its line, and so does what hides them (`HEADERS` of assignments.ts): also what comes behind in a message. */
const HIDES_THE_REST = /(?:authorization|cookie)\S{0,3}[ \t]*[:=][ \t]*<redacted[^>]*>"/i;

const directory = mkdtempSync(join(tmpdir(), 'davylamp-planted-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/**
 * A frame without what is no word of the program: fractions, times since `since`, and uids that this test gave. Among ten thousand,
 * eight digits of a time in milliseconds equal those of some card number in every other run.
 */
function spoken(line: string, uids: ReadonlySet<string>, since: number): unknown {
  return JSON.parse(line, (key, value: unknown) => {
    if (typeof value === 'number')
      return !Number.isInteger(value) || (value >= since && value <= Date.now()) ? 0 : value;
    return key === 'uid' && uids.has(String(value)) ? '' : value;
  });
}

/** All texts of a frame, keys too, as they are and not as JSON escapes them. */
function textsOf(value: unknown, into: string[]): void {
  if (typeof value === 'string') into.push(value);
  else if (typeof value === 'number') into.push(String(value));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      into.push(key);
      textsOf(member, into);
    }
  }
}

type ProbeOf = (program: Program, file: string, firstLine: number) => WireProbe;

/** @returns programs that have not said all that is no secret, what was seen of secrets, and all that was said of each program. */
async function runFile(
  programs: readonly Program[],
  leaks: readonly Leaks[],
  probeOf: ProbeOf = (program, file, firstLine) => program.probe(file, firstLine),
): Promise<{ partial: Program[]; leaked: string[]; said: ReadonlyMap<Program, string> }> {
  const said = new Map<Program, string>();
  const leaked: string[] = [];
  const agent = new AgentEnd();
  const uids = new Set<string>();
  const since = Date.now();
  agent.onLine = (line) => {
    const texts: string[] = [];
    const frame = spoken(line, uids, since);
    textsOf(frame, texts);
    const text = texts.join('\n');
    for (const found of leaks.flatMap((one) => one.find(JSON.stringify(frame)) ?? one.find(text) ?? []))
      leaked.push(JSON.stringify(found));
  };
  await agent.listen();
  const { text, firstLines } = sourceOf(programs);
  const file = join(directory, `programs-${randomUUID().slice(0, 8)}.cjs`);
  writeFileSync(file, text);
  const application = await Application.start(file, { run: agent.directory, cwd: directory });
  const partial: Program[] = [];
  try {
    await application.line((line) => line === 'ready');
    for (let from = 0; from < programs.length; from += PROBES_AT_A_TIME) {
      const batch = programs.slice(from, from + PROBES_AT_A_TIME).map((program, at) => ({
        program,
        probe: probeOf(program, file, firstLines[from + at] ?? 0),
      }));
      for (const { probe } of batch) uids.add(probe.uid);
      await agent.desire(...batch.map(({ probe }) => probe));
      partial.push(...(await runBatch(application, agent, batch, said)));
      if (leaked.length >= MOST_LEAKS) break;
    }
  } catch (error) {
    throw new Error(
      `${String(error).slice(0, 300)}; the process: ${application.child.exitCode} ${application.errors.slice(-2000)}`,
    );
  } finally {
    await application.stop();
    agent.close();
  }
  return { partial, leaked, said };
}

type Batch = readonly { readonly program: Program; readonly probe: WireProbe }[];

/** @returns programs that have not said all that is no secret. */
async function runBatch(
  application: Application,
  agent: AgentEnd,
  batch: Batch,
  said: Map<Program, string>,
): Promise<Program[]> {
  let left = batch;
  const heard = new Map<string, string>();
  const hear = (uid: string, text: string) => heard.set(uid, (heard.get(uid) ?? '') + text);
  const isWhole = ({ program, probe }: Batch[number]) => {
    const own = heard.get(probe.uid) ?? '';
    return own.includes(program.isRefused ? 'the condition: ' : program.control) || HIDES_THE_REST.test(own);
  };
  for (let run = 0; run < MOST_RUNS && left.length > 0; run++) {
    const lines = application.lines.length;
    const before = agent.statesSeen;
    application.tell(left.map(({ program }) => program.index % PROGRAMS_PER_FILE).join());
    await application.until(() => application.lines.length > lines);
    await agent.until(() => {
      for (const result of agent.results.splice(0)) hear(result.uid, JSON.stringify(result));
      for (const state of agent.states) hear(state.uid, state.message ?? '');
      return left.every(isWhole) || agent.statesSeen > before;
    }, MOST_SILENCE_MILLISECONDS);
    left = left.filter((one) => !isWhole(one));
  }
  for (const { program, probe } of batch) said.set(program, heard.get(probe.uid) ?? '');
  return left.map(({ program }) => program);
}

test(`no secret of ${PROGRAMS} programs leaves their process (DAVYLAMP_SEED=${SEED})`, {
  timeout: 1_800_000,
}, async () => {
  const random = new Random(SEED);
  for (let from = 0; from < PROGRAMS; from += PROGRAMS_PER_FILE) {
    const count = Math.min(PROGRAMS_PER_FILE, PROGRAMS - from);
    const programs = Array.from({ length: count }, (_, at) => makeProgram(random, at));
    const leaks = [new Leaks(8), new Leaks(16)] as const;
    for (const secret of programs.flatMap(({ secrets }) => secrets)) leaks[0].add(secret);
    for (const bytes of programs.flatMap((program) => program.bytes)) leaks[1].add(bytes);
    const { partial, leaked } = await runFile(programs, leaks);
    if (PROGRAMS > PROGRAMS_PER_FILE) console.error(`${from + count} programs`);
    expect(leaked.slice(0, MOST_LEAKS)).toEqual([]);
    expect(partial.map(({ source }) => source.join('\n')).slice(0, 3)).toEqual([]);
  }
});

test(`what policies hide of ${UNCOVERED_PROGRAMS} programs is seen without them (DAVYLAMP_SEED=${SEED})`, {
  timeout: 600_000,
}, async () => {
  const random = new Random(SEED);
  const programs = Array.from({ length: UNCOVERED_PROGRAMS }, (_, at) => makePolicyProgram(random, at));
  const { said } = await runFile(programs, [], (program, file, firstLine) =>
    (program.uncovered ?? program).probe(file, firstLine),
  );
  const unseen = programs.filter(
    (program) =>
      !program.isRefused && program.uncovered?.secrets.some((secret) => !said.get(program)?.includes(secret)),
  );
  expect(unseen.map((program) => [program.source.join('\n'), said.get(program)])).toEqual([]);
});
