import { chown, lstat, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
 * The same directory for every attachment to one process: a runtime that is in it since last time finds the new agent.
 * @throws AttachError when the name is taken, by another davylamp or by somebody else.
 */
export async function createAttachDirectory({ pid, startTime, uid, gid }: TargetProcess): Promise<RunDirectory> {
  const path = join(tmpdir(), `davylamp-${pid}-${startTime}`);
  try {
    await mkdir(path, { mode: 0o700 });
  } catch {
    const owner = (await lstat(path)).uid;
    throw new AttachError(
      `${path} exists (user ${owner}): another davylamp looks at process ${pid}, or one was killed; remove the directory then`,
    );
  }
  // Run as root, the process is likely somebody else's, and its runtime must read the connection file.
  if (uid !== process.getuid?.()) await chown(path, uid, gid);
  return removable(path);
}

const removable = (path: string): RunDirectory => ({
  path,
  remove: () => rm(path, { recursive: true, force: true }),
});
