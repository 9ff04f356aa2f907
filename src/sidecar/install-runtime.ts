import { randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { READY_FILE } from '../protocol/runtime.ts';

/** What NODE_OPTIONS of the application names. */
const PRELOAD_FILE = 'preload.cjs';

/**
 * Puts the runtime's files where the application's containers see them (`runtime/` in `directory`), each whole or not at
 * all: a process may start in this very moment, and one that started before an upgrade still loads the rest by path.
 */
export async function installRuntime(source: string, directory: string): Promise<void> {
  const target = join(directory, 'runtime');
  await mkdir(target, { recursive: true });
  for (const name of await readdir(source)) {
    const temporary = join(target, `.${name}.${randomBytes(4).toString('hex')}`);
    await copyFile(join(source, name), temporary);
    // The application may run as another user than the agent.
    await chmod(temporary, 0o644);
    await rename(temporary, join(target, name));
  }
  await chmod(target, 0o755);
}

/**
 * For an agent that cannot do its work, on a full disk for example: the application's `--require` finds a file, if need be an
 * empty one, for which there is nearly always room, and the startup probe lets applications start. They run as if Davylamp
 * were not there.
 */
export async function standAside(directory: string): Promise<void> {
  const target = join(directory, 'runtime');
  await mkdir(target, { recursive: true });
  await chmod(target, 0o755);
  try {
    await writeFile(join(target, PRELOAD_FILE), '', { flag: 'wx', mode: 0o644 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  await markReady(directory);
}

/** Tells the startup probe that applications may start: files and socket are there. */
export async function markReady(directory: string): Promise<void> {
  await writeFile(join(directory, READY_FILE), '');
}
