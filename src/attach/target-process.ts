import { readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { errorCode } from '../error-code.ts';
import { AttachError } from './attach-error.ts';
import { inspectorPortOf, isNodeExecutable, nodeOptions } from './node-command.ts';
import { effectiveUser, startTimeOf, type User } from './process-status.ts';

export interface TargetProcess extends User {
  readonly pid: number;
  /** Ticks since boot; together with the pid it names this process and no later one. */
  readonly startTime: string;
  /** Port on which its inspector listens, or will listen. */
  readonly inspectorPort: number;
  /** Its command line, which the process may have changed. */
  readonly commandLine: readonly string[];
  /** Options of Node.js from NODE_OPTIONS and the command line. */
  readonly options: readonly string[];
  /** Directory in which a runtime that the process has since its start looks for an agent. */
  readonly runDirectory?: string;
}

/**
 * Looks at a process of this machine through /proc, without touching it.
 * @throws AttachError when it does not exist, is hidden, or is not Node.js.
 */
export async function inspectTarget(pid: number): Promise<TargetProcess> {
  const directory = `/proc/${pid}`;
  const status = await readProc(`${directory}/status`, pid);
  const user = effectiveUser(status);
  const executable = await readlink(`${directory}/exe`).catch((error: unknown) => {
    throw whyHidden(pid, error, user.uid);
  });
  // An upgraded binary reads `/usr/bin/node (deleted)`.
  const name = basename(executable.replace(/ \(deleted\)$/, ''));
  if (!isNodeExecutable(name)) {
    throw new AttachError(
      'NoSupportedRuntime',
      `process ${pid} runs ${name}, which is not Node.js`,
      'give the pid of the node process itself',
    );
  }
  const [stat, line, environment] = await Promise.all([
    readProc(`${directory}/stat`, pid),
    readProc(`${directory}/cmdline`, pid),
    readProc(`${directory}/environ`, pid),
  ]);
  const commandLine = line.replace(/\0+$/, '').split('\0');
  const options = [...nodeOptions(environment), ...commandLine.slice(1)];
  const runDirectory = /(?:^|\0)DAVYLAMP_RUN=([^\0]+)/.exec(environment)?.[1];
  const inspectorPort = inspectorPortOf(options);
  return { pid, ...user, startTime: startTimeOf(stat), inspectorPort, commandLine, options, runDirectory };
}

/** Why the kernel does not let us read what a process runs. */
export function whyHidden(pid: number, error: unknown, owner: number, self = process.geteuid?.()): AttachError {
  const code = errorCode(error);
  const file = `/proc/${pid}/exe`;
  if (code === 'ENOENT' || code === 'ESRCH') {
    return new AttachError(
      'NoSupportedRuntime',
      `process ${pid} has ended, or is no program but a thread of the kernel`,
    );
  }
  if (code !== 'EACCES' && code !== 'EPERM') {
    return new AttachError('ProcessHidden', `what process ${pid} runs cannot be read from ${file}: ${code}`);
  }
  if (self === owner || self === 0) {
    const who = self === owner ? 'its owner' : 'root';
    return new AttachError(
      'ProcessHidden',
      `the kernel does not let this user look into process ${pid} (${code} on ${file}), though it is ${who}`,
      'run davylamp where the process runs, with the capability SYS_PTRACE, or start it under davylamp local -- COMMAND instead',
    );
  }
  const finding = `process ${pid} belongs to another user (uid ${owner})`;
  return new AttachError('ProcessHidden', finding, 'run davylamp as that user');
}

async function readProc(path: string, pid: number): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (process.platform !== 'linux') {
      throw new AttachError('ProcessHidden', '--pid needs Linux', 'use davylamp local -- COMMAND');
    }
    const code = errorCode(error);
    if (code === 'EACCES' || code === 'EPERM') {
      const finding = `the kernel does not let this user read ${path} (${code})`;
      throw new AttachError('ProcessHidden', finding, 'run davylamp as the user of the process');
    }
    throw new AttachError('NoSupportedRuntime', `there is no process ${pid}`);
  }
}
