import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { DEFAULT_DEBUGGER_MODE, type DebuggerMode } from '../protocol/debugger-mode.ts';
import { preloadFile } from './runtime-files.ts';

export interface SpawnOptions {
  /** Directory in which the runtime finds the agent. */
  readonly directory: string;
  /** Where the command's standard output goes: to ours, or to standard error, so that ours holds only results. */
  readonly standardOutput: 'inherit' | 'stderr';
  /** When the debugger of its processes is enabled. */
  readonly debugger?: DebuggerMode;
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Longest startup hold of a process: how long it may wait, before and while it loads, until its probes are placed. Without it, a script
 * that runs for less than a second would end before.
 */
const HOLD_MILLISECONDS = 10_000;

/** The command to start does not exist or may not be run. */
export class SpawnError extends Error {}

export interface RunningCommand {
  readonly pid: number;
  /** Exit code of the command, as a shell counts it: 128 and the signal's number when a signal ended it. */
  readonly ended: Promise<number>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts a command with the runtime in it, and in every Node.js process that it starts.
 * @throws SpawnError
 */
export async function spawnCommand(command: readonly string[], options: SpawnOptions): Promise<RunningCommand> {
  const [program = '', ...parameters] = command;
  const environment = options.environment ?? process.env;
  const child = spawn(program, parameters, {
    stdio: ['inherit', options.standardOutput === 'inherit' ? 'inherit' : 2, 'inherit'],
    env: {
      ...environment,
      NODE_OPTIONS: appendNodeOptions(environment.NODE_OPTIONS, preloadFile()),
      DAVYLAMP_RUN: options.directory,
      DAVYLAMP_DEBUGGER: options.debugger ?? DEFAULT_DEBUGGER_MODE,
      DAVYLAMP_HOLD: `${HOLD_MILLISECONDS}`,
    },
  });
  const ended = exitCodeOf(child);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new SpawnError(`${program}: ${error.message}`)));
  });
  return { pid: child.pid ?? 0, ended, kill: (signal) => void child.kill(signal) };
}

/** NODE_OPTIONS with the preload appended to the existing ones; quoted as Node.js reads it. */
export function appendNodeOptions(existing: string | undefined, preload: string): string {
  const option = `--require=${preload}`;
  const quoted = /[\s"\\]/.test(option) ? `"${option.replace(/[\\"]/g, '\\$&')}"` : option;
  return [existing, quoted].filter(Boolean).join(' ');
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
