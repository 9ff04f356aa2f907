import { chmod, lstat, mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { AttachError } from '../attach/attach-error.ts';
import type { TargetProcess } from '../attach/target-process.ts';
import { errorCode } from '../error-code.ts';
import { DIRECTORY_PREFIX, isServed, removeAgentDirectory } from '../sidecar/processes/agent-directory.ts';

/** User and group of the runtimes, which must be able to read the connection file and dial the socket. */
export interface RuntimeUser {
  readonly uid: number;
  readonly gid: number;
}

/** The directory of socket and connection file. It is ours, and nobody else can write into it. */
export interface RunDirectory {
  readonly path: string;
  /** The user of the process, where it is another than ours: the files in the directory are given to that user, never the directory. */
  readonly runtimeUser?: RuntimeUser;
  /** Deletes the files that an agent makes, and the directory if it is then empty. */
  remove(): void;
}

const ROOT = 0;
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

export async function createRunDirectory(): Promise<RunDirectory> {
  return removable(await mkdtemp(join(tmpdir(), DIRECTORY_PREFIX)));
}

/**
 * The same directory for every attachment to one process: a runtime that is in it since the last attachment, or since its start, finds
 * the new agent. A directory that a killed davylamp left is taken over. The name can come from the process, which is not to be
 * trusted: an existing directory is used only if it is ours, and root makes none where other users could replace it.
 * @throws AttachError when another davylamp is at work in it, or when the directory is not ours.
 */
export async function createAttachDirectory(target: TargetProcess): Promise<RunDirectory> {
  const { pid, startTime, uid, gid } = target;
  const ours = process.geteuid?.() ?? uid;
  const runtimeUser = uid === ours ? undefined : { uid, gid };
  const wanted = target.runDirectory ?? join(tmpdir(), `${DIRECTORY_PREFIX}${pid}-${startTime}`);
  if (!basename(wanted).startsWith(DIRECTORY_PREFIX)) throw notOurs(wanted, target);
  const path = join(await safeParent(dirname(wanted), ours, target), basename(wanted));
  // With 0711, the other user can open files by name, but can neither list nor change the directory.
  const mode = runtimeUser === undefined ? 0o700 : 0o711;
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (!isExisting(error))
      throw new AttachError('PlacementFailed', `${path} cannot be made: ${(error as Error).message}`);
    const found = await lstat(path);
    const isPrivate = (found.mode & 0o777 & ~mode) === 0;
    if (!found.isDirectory() || found.uid !== ours || !isPrivate) throw notOurs(path, target);
    if (await isServed(path))
      throw new AttachError('RuntimeBusyDebugger', `another davylamp looks at process ${pid} already`);
  }
  // The directory is known to be ours by now. The umask of this process may have removed the right to enter it.
  if (runtimeUser !== undefined) await chmod(path, mode);
  return removable(path, runtimeUser);
}

/**
 * @returns the directory, without links in its path.
 * @throws AttachError when we are root and another user could replace a directory of the path.
 */
async function safeParent(directory: string, ours: number, target: TargetProcess): Promise<string> {
  let real: string;
  try {
    real = await realpath(directory);
  } catch {
    throw new AttachError(
      'PlacementFailed',
      `${directory}, in which the runtime of process ${target.pid} is to be met, does not exist here`,
    );
  }
  if (ours !== ROOT) return real;
  for (let at = real; ; at = dirname(at)) {
    const { uid, mode } = await lstat(at);
    const isExchangeable = uid !== ROOT || ((mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0);
    if (isExchangeable) {
      throw new AttachError(
        'PlacementFailed',
        `${at} can be changed by other users, so root makes no directory there; run davylamp as the user of process ${target.pid} (uid ${target.uid})${target.runDirectory === undefined ? ' or with another TMPDIR' : ''}`,
      );
    }
    if (at === dirname(at)) return real;
  }
}

function notOurs(path: string, { pid, uid, runDirectory }: TargetProcess): AttachError {
  const why = runDirectory === undefined ? '' : ` (DAVYLAMP_RUN of process ${pid} names it)`;
  const advice = uid === process.geteuid?.() ? 'remove it' : `run davylamp as the user of the process (uid ${uid})`;
  return new AttachError(
    'PlacementFailed',
    `${path} is in the way: it is not a private directory that davylamp made as you${why}; ${advice}`,
  );
}

const isExisting = (error: unknown): boolean => errorCode(error) === 'EEXIST';

const removable = (path: string, runtimeUser?: RuntimeUser): RunDirectory => ({
  path,
  runtimeUser,
  remove: () => removeAgentDirectory(path),
});
