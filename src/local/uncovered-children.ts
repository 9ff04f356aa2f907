import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { isNodeExecutable } from '../attach/node-command.ts';
import { describeCommand } from '../runtime/node/idle/process-info.ts';

/** A Node.js process that the command started and the runtime is not in, and why. */
export interface UncoveredChild {
  readonly pid: number;
  readonly text: string;
}

/** Processes that are looked at in one search. */
const MOST_PROCESSES = 500;
const SHOWN_OPTIONS = 80;

/** What /proc tells of one process. */
interface Seen {
  readonly parameters: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
}

/**
 * Looks through /proc for Node.js processes that a command started with an environment, or with permissions, that keep the
 * runtime out. A process that is just starting, or ends meanwhile, is left out.
 * @param preload file that NODE_OPTIONS has to require.
 */
export async function uncoveredChildren(command: number, preload: string): Promise<UncoveredChild[]> {
  const found: UncoveredChild[] = [];
  const pids = [command];
  for (let index = 0; index < pids.length && index < MOST_PROCESSES; index++) {
    const pid = pids[index] ?? 0;
    pids.push(...(await childrenOf(pid)));
    const why = await seen(pid).then((process) => process && whyUncovered(process, preload));
    if (why === undefined) continue;
    found.push({ pid, text: why });
  }
  return found;
}

/** @returns undefined where nothing keeps the runtime out of the process, as far as /proc tells. */
export function whyUncovered({ parameters, environment }: Seen, preload: string): string | undefined {
  const shown = describeCommand([basename(parameters[0] ?? ''), ...parameters.slice(1, 8)]).slice(0, SHOWN_OPTIONS);
  const options = environment.get('NODE_OPTIONS');
  if (options === undefined || !environment.has('DAVYLAMP_RUN')) {
    return `${shown} was started with an environment of its own, so it runs without probes; pass process.env on to it`;
  }
  if (!options.includes(preload)) {
    // Values of options may be secret, so they are not shown.
    const text = options.replace(/=\S*/g, '=…').slice(0, SHOWN_OPTIONS);
    return `${shown} was started with NODE_OPTIONS='${text}', so it runs without probes; write NODE_OPTIONS="$NODE_OPTIONS …" where it is set`;
  }
  const permission = [...parameters, ...options.split(' ')].find((option) =>
    /^--(?:experimental-)?permission$/.test(option),
  );
  if (permission === undefined) return undefined;
  return `${shown} runs with ${permission}, which keeps the runtime out unless --allow-fs-read, --allow-worker and --allow-inspector let it in`;
}

async function seen(pid: number): Promise<Seen | undefined> {
  try {
    const executable = await readlink(`/proc/${pid}/exe`);
    if (!isNodeExecutable(basename(executable))) return undefined;
    const parameters = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter((text) => text !== '');
    const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').map((text): [string, string] => {
      const at = text.indexOf('=');
      return [text.slice(0, at), text.slice(at + 1)];
    });
    return parameters.length === 0 ? undefined : { parameters, environment: new Map(environment) };
  } catch {
    return undefined;
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  try {
    const threads = await readdir(`/proc/${pid}/task`);
    const lists = await Promise.all(threads.map((id) => readFile(`/proc/${pid}/task/${id}/children`, 'utf8')));
    return lists.join(' ').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
