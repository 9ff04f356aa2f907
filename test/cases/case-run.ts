import { join } from 'node:path';
import { inject } from 'vitest';
import { Program } from '../cli/program.ts';

/** Supported versions of Node.js, by their major version. */
export const MAJORS = ['20', '22', '24', '26'] as const;

/** A line that `davylamp local -o json` prints for a result. */
export interface ResultLine {
  readonly name: string;
  readonly message?: string;
  readonly [field: string]: unknown;
}

/** What `davylamp local` said in one run. */
export interface CaseRun {
  readonly code: number | null;
  readonly results: readonly ResultLine[];
  /** Standard error: Davylamp's own words, and what the program printed. */
  readonly said: string;
}

/** Executable of Node.js. */
export function nodeOf(major: string): string {
  const { [major]: path } = inject('nodes');
  if (path === undefined) throw new Error(`Node.js ${major} is not installed for the tests`);
  return path;
}

export const folderOf = (name: string): string => join(import.meta.dirname, 'programs', name);

/** Starts `davylamp local -f MANIFEST… -o json -- node PROGRAM…` in the folder of a case, or in one below it. */
export function startCase(
  name: string,
  major: string,
  manifests: readonly string[],
  program: readonly string[],
  below = '.',
): Program {
  const files = manifests.flatMap((manifest) => ['-f', manifest]);
  return new Program(
    ['local', ...files, '-o', 'json', '--', nodeOf(major), ...program],
    {},
    join(folderOf(name), below),
  );
}

/** Enters a running process instead. */
export function attachCase(name: string, manifests: readonly string[], pid: number | undefined): Program {
  const files = manifests.flatMap((manifest) => ['-f', manifest]);
  return new Program(['local', ...files, '-o', 'json', '--pid', `${pid}`], {}, folderOf(name));
}

/** Runs of a program of which the machine let a hit stand still, so that it was out of time. */
const MOST_RUNS = 10;

/** The same to its end, for programs that end by themselves. */
export async function runCase(
  name: string,
  major: string,
  manifests: readonly string[],
  program: readonly string[],
  below = '.',
): Promise<CaseRun> {
  for (let runs = 1; ; runs += 1) {
    const run = startCase(name, major, manifests, program, below);
    const code = await run.ended;
    const isCut = /EvaluationTimeout: |out of time|"notCaptured":"time"/.test(run.output);
    if (!isCut || runs === MOST_RUNS) return { code, results: resultsOf(run), said: run.errors };
  }
}

/** The results that it has printed so far. */
export function resultsOf(run: Program): ResultLine[] {
  return run.lines().map((line) => JSON.parse(line) as ResultLine);
}

/** The messages of a probe, in their order. */
export function messagesOf(results: readonly ResultLine[], probe: string): string[] {
  return results.flatMap(({ name, message }) => (name === probe && message !== undefined ? [message] : []));
}

/** The first message of a probe that had the time for all of its values. */
export function wholeMessageOf(results: readonly ResultLine[], probe: string): string | undefined {
  return messagesOf(results, probe).find((message) => !/<EvaluationTimeout: |out of time/.test(message));
}
