import { chown, lstat, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONNECTION_FILE, connectionFileSchema } from '../protocol/runtime.ts';
import { AttachError, type TargetProcess } from './target-process.ts';

/** The directory in which agent and runtime meet; only its owner may look into it. */
export interface RunDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

export async function createRunDirectory(): Promise<RunDirectory> {
  return removable(await mkdtemp(join(tmpdir(), 'davylamp-')));
}

/**
 * The same directory for every attachment to one process: a runtime that is in it since last time, or since its start, finds
 * the new agent. One that a killed davylamp left behind is taken over.
 * @throws AttachError when another davylamp is at work in it, or when the name is somebody else's.
 */
export async function createAttachDirectory(target: TargetProcess): Promise<RunDirectory> {
  const { pid, startTime, uid, gid } = target;
  const path = target.runDirectory ?? join(tmpdir(), `davylamp-${pid}-${startTime}`);
  const ours = process.getuid?.();
  try {
    await mkdir(path, { mode: 0o700 });
  } catch {
    const found = await lstat(path);
    if (!found.isDirectory() || (found.uid !== ours && found.uid !== uid) || (found.mode & 0o077) !== 0) {
      throw new AttachError(`${path} is in the way: it is not a private directory of yours`);
    }
    if (await isServed(path)) throw new AttachError(`another davylamp looks at process ${pid} already`);
  }
  // Run as root, the process is likely somebody else's, and its runtime must read the connection file.
  if (uid !== ours) await chown(path, uid, gid);
  return removable(path);
}

/** Whether an agent answers on the socket that the directory's connection file names. */
async function isServed(directory: string): Promise<boolean> {
  let path: string;
  try {
    path = connectionFileSchema.parse(JSON.parse(await readFile(join(directory, CONNECTION_FILE), 'utf8'))).socket;
  } catch {
    return false;
  }
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const removable = (path: string): RunDirectory => ({
  path,
  remove: () => rm(path, { recursive: true, force: true }),
});
