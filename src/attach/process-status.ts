import { readFileSync } from 'node:fs';

/** User and group of a process. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Ticks of the clock in which /proc counts, a second; the same on every system that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/**
 * The user and group with which the process accesses files, from /proc/PID/status. The owner of /proc/PID would be root for a process
 * that started as root and changed its user.
 * @throws Error where the text does not tell.
 */
export function effectiveUser(status: string): User {
  const effective = (field: string): number => {
    const id = new RegExp(`^${field}:\\s*\\d+\\s+(\\d+)`, 'm').exec(status)?.[1];
    if (id === undefined) throw new Error(`/proc does not tell the ${field} of the process`);
    return Number(id);
  };
  return { uid: effective('Uid'), gid: effective('Gid') };
}

/** Whether /proc/PID/status says that the process catches this signal. */
export function handlesSignal(status: string, signal: number): boolean {
  return isInMask(status, 'SigCgt', signal);
}

/** Whether its main thread blocks the signal, as between the start of a process and that of its program. */
export function blocksSignal(status: string, signal: number): boolean {
  return isInMask(status, 'SigBlk', signal);
}

function isInMask(status: string, field: string, signal: number): boolean {
  const mask = new RegExp(`^${field}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & (1n << BigInt(signal - 1))) !== 0n;
}

/** When the process started, in ticks since boot, from /proc/PID/stat; together with the pid it names this process and no later one. */
export function startTimeOf(stat: string): string {
  // The second field is the name in parentheses and may hold spaces; the start time is field 22.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
}

/** Milliseconds since the process started. */
export function ageOf({ startTime }: { readonly startTime: string }): number {
  const uptime = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]);
  return (uptime - Number(startTime) / TICKS_PER_SECOND) * 1000;
}

/** @returns the start time of the process that has this pid now; undefined where there is none. */
export function currentStartTime(pid: number): string | undefined {
  try {
    return startTimeOf(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}
