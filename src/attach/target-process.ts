import { readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { errorCode } from '../error-code.ts';

/** A process that cannot be attached to; the message says what to do instead. */
export class AttachError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AttachError';
  }
}

export interface TargetProcess {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Ticks since boot; together with the pid it names this process and no later one. */
  readonly startTime: string;
  /** Port on which its inspector listens, or will listen. */
  readonly inspectorPort: number;
  /** Directory in which a runtime that the process has since its start looks for an agent. */
  readonly runDirectory?: string;
}

const SIGUSR1 = 10;
const DEFAULT_INSPECTOR_PORT = 9229;

/**
 * Looks at a process of this machine through /proc, without touching it.
 * @throws AttachError when it does not exist, is not Node.js, or does not handle SIGUSR1, which would kill it.
 */
export async function inspectTarget(pid: number): Promise<TargetProcess> {
  const directory = `/proc/${pid}`;
  const status = await readProc(`${directory}/status`, pid);
  const executable = await readlink(`${directory}/exe`).catch((error: unknown) => {
    throw new AttachError(whyHidden(pid, error, effectiveUser(status).uid));
  });
  // An upgraded binary reads `/usr/bin/node (deleted)`.
  const name = basename(executable.replace(/ \(deleted\)$/, ''));
  if (!isNodeExecutable(name)) {
    throw new AttachError(`process ${pid} runs ${name}, which is not Node.js; give the pid of the node process itself`);
  }
  if (!handlesSignal(status, SIGUSR1)) {
    throw new AttachError(
      `process ${pid} does not listen to SIGUSR1 (it was started with --disable-sigusr1, or is just starting); start it under davylamp local -- COMMAND instead`,
    );
  }
  const [line, commandLine, environment] = await Promise.all([
    readProc(`${directory}/stat`, pid),
    readProc(`${directory}/cmdline`, pid),
    readProc(`${directory}/environ`, pid),
  ]);
  // The second field is the name in parentheses and may hold spaces; the start time is field 22.
  const startTime = line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  const inspectorPort = inspectorPortOf(commandLine.split('\0'));
  const runDirectory = /(?:^|\0)DAVYLAMP_RUN=([^\0]+)/.exec(environment)?.[1];
  return { pid, ...effectiveUser(status), startTime, inspectorPort, runDirectory };
}

/** Why the kernel does not let us read what a process runs, and what to do. */
export function whyHidden(pid: number, error: unknown, owner: number, self = process.geteuid?.()): string {
  const code = errorCode(error);
  if (code === 'ENOENT') return `process ${pid} has ended, or is no program but a thread of the kernel`;
  if (code !== 'EACCES' && code !== 'EPERM')
    return `what process ${pid} runs cannot be read from /proc/${pid}/exe: ${code}`;
  if (self === owner || self === 0) {
    return `the kernel does not let this user look into process ${pid} (${code} on /proc/${pid}/exe), though it is ${
      self === owner ? 'its owner' : 'root'
    }; run davylamp where the process runs, with the capability SYS_PTRACE, or start it under davylamp local -- COMMAND instead`;
  }
  return `process ${pid} belongs to another user (uid ${owner}); run davylamp as that user`;
}

/**
 * The user and group with which the process accesses files, from /proc/PID/status. The owner of /proc/PID would be root for a process
 * that started as root and changed its user.
 */
export function effectiveUser(status: string): Pick<TargetProcess, 'uid' | 'gid'> {
  const effective = (field: string): number => {
    const id = new RegExp(`^${field}:\\s*\\d+\\s+(\\d+)`, 'm').exec(status)?.[1];
    if (id === undefined) throw new AttachError(`/proc does not tell the ${field} of the process`);
    return Number(id);
  };
  return { uid: effective('Uid'), gid: effective('Gid') };
}

/** Whether a file of this name is Node.js, as far as names tell. */
export function isNodeExecutable(name: string): boolean {
  return /^node(js)?(-?\d[\d.]*)?$/.test(name);
}

/** Whether /proc/PID/status says that the process catches this signal. */
export function handlesSignal(status: string, signal: number): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)/m.exec(status)?.[1];
  return caught !== undefined && (BigInt(`0x${caught}`) & (1n << BigInt(signal - 1))) !== 0n;
}

/** The port of --inspect, --inspect-port and similar options; the last one counts. */
export function inspectorPortOf(parameters: readonly string[]): number {
  let port = DEFAULT_INSPECTOR_PORT;
  for (const parameter of parameters) {
    const value = /^--(?:inspect(?:-brk|-wait|-port)?|debug-port)=(?:.*:)?(\d+)$/.exec(parameter)?.[1];
    if (value !== undefined) port = Number(value);
  }
  return port;
}

async function readProc(path: string, pid: number): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (process.platform !== 'linux') throw new AttachError('--pid needs Linux; use davylamp local -- COMMAND');
    const code = errorCode(error);
    if (code === 'EACCES' || code === 'EPERM') {
      throw new AttachError(
        `the kernel does not let this user read ${path} (${code}); run davylamp as the user of the process`,
      );
    }
    throw new AttachError(`there is no process ${pid}`);
  }
}
