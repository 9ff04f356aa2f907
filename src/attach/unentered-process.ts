import type { ProcessInfo } from '../protocol/state.ts';
import { describeCommand } from '../runtime/node/idle/process-info.ts';
import { VERSION } from '../version.ts';

/** A process by what tells it from every other one. */
export interface ProcessKey {
  readonly pid: number;
  /** Ticks since boot. */
  readonly startTime: string;
}

export function keyOf({ pid, startTime }: ProcessKey): string {
  return `${pid}-${startTime}`;
}

/** @returns what is said of a process that does not speak for itself, as no runtime is in it. */
export function unenteredProcess(key: ProcessKey, commandLine: readonly string[], containerName: string): ProcessInfo {
  return {
    instanceID: `unentered-${keyOf(key)}`,
    pid: key.pid,
    containerName,
    language: 'javascript',
    languageVersion: '',
    runtimeVersion: VERSION.slice(0, 32),
    placements: [],
    command: describeCommand(commandLine),
  };
}
