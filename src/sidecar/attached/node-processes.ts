import { AttachError } from '../../attach/attach-error.ts';
import { isPackageManager } from '../../attach/node-command.ts';
import { ageOf, currentStartTime } from '../../attach/process-status.ts';
import { inspectTarget, type TargetProcess } from '../../attach/target-process.ts';
import { keyOf } from '../../attach/unentered-process.ts';
import type { ContainerProcesses } from './container-processes.ts';
import { commandLineOf, looksLikeNode } from './other-user.ts';

/** A younger process may end at once, as those of a shell do, or be a fork that does not run its program yet. */
const SETTLED_MILLISECONDS = 500;

/** Most processes of a container that are looked at in one turn, beside those of Node.js that are known. */
const MOST_PROCESSES = 500;

/** A process that runs Node.js, and why the agent may not look into it, where it may not. */
export interface NodeProcess {
  readonly pid: number;
  readonly startTime: string;
  readonly commandLine: readonly string[];
  readonly target: TargetProcess | AttachError;
}

/** What was found in the container. */
export interface Found {
  readonly node: readonly NodeProcess[];
  /** The first process that is none, and what it runs. */
  readonly other?: { readonly pid: number; readonly startTime: string; readonly finding: string };
  readonly isEmpty: boolean;
  /** Whether processes are too young to tell. */
  readonly isUnsettled: boolean;
}

/**
 * The Node.js processes of the container: whatever else is in it, an init, a shell. Package managers are left out: they run on Node.js
 * too, but the program is in a process of its own, and a probe has no place in them. A process that was found is not looked at again.
 */
export class NodeProcesses {
  readonly #container: ContainerProcesses;
  /** By pid. */
  readonly #known = new Map<number, NodeProcess>();
  /** How many of the others were looked at so far. */
  #looked = 0;

  constructor(container: ContainerProcesses) {
    this.#container = container;
  }

  async look(): Promise<Found> {
    const all = this.#container.pids();
    const living = new Set(all);
    for (const pid of this.#known.keys()) if (!living.has(pid)) this.#known.delete(pid);
    const pids = this.#turn(all);
    const node: NodeProcess[] = [];
    let other: Found['other'];
    let isUnsettled = false;
    for (const pid of pids) {
      const found = await this.#lookAt(pid);
      if (found === 'unsettled') isUnsettled = true;
      else if (found !== undefined && 'target' in found) node.push(found);
      else other ??= found;
    }
    return { node, other, isEmpty: pids.length === 0, isUnsettled };
  }

  /** Those that are known, and the next of the others: any of them may run Node.js by now. */
  #turn(pids: readonly number[]): readonly number[] {
    if (pids.length <= MOST_PROCESSES) return pids;
    const others = pids.filter((pid) => !this.#known.has(pid));
    const from = this.#looked % Math.max(1, others.length);
    this.#looked = from + MOST_PROCESSES;
    const turn = [...others.slice(from), ...others.slice(0, from)].slice(0, MOST_PROCESSES);
    return [...this.#known.keys(), ...turn];
  }

  async #lookAt(pid: number): Promise<NodeProcess | Found['other'] | 'unsettled'> {
    const startTime = currentStartTime(pid);
    if (startTime === undefined) return undefined;
    const known = this.#known.get(pid);
    // What is hidden may not be for ever, as while a process changes its user.
    if (known?.startTime === startTime && !(known.target instanceof AttachError)) return known;
    if (ageOf({ startTime }) < SETTLED_MILLISECONDS) return 'unsettled';
    const commandLine = commandLineOf(pid);
    if (isPackageManager(commandLine)) return { pid, startTime, finding: 'a package manager only' };
    const target = await inspectTarget(pid).catch((error: unknown) => {
      if (error instanceof AttachError) return error;
      throw error;
    });
    if (target instanceof AttachError && !(target.reason === 'ProcessHidden' && looksLikeNode(pid))) {
      return { pid, startTime, finding: target.finding };
    }
    const process = { pid, startTime, commandLine, target };
    this.#known.set(pid, process);
    return process;
  }
}

/** The processes by their keys. */
export function byKey(processes: readonly NodeProcess[]): Map<string, NodeProcess> {
  return new Map(processes.map((process) => [keyOf(process), process]));
}
