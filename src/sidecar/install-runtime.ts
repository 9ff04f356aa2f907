import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { READY_FILE } from '../protocol/runtime.ts';

/** What NODE_OPTIONS of the application names. */
const PRELOAD_FILE = 'preload.cjs';

/**
 * Puts the runtime's files where the application's containers see them (`runtime/` in `directory`), each whole or not at
 * all: a process may start in this very moment, and one that started before an upgrade still loads the rest by path.
 * At once, since nothing else happens yet, and `node:fs/promises` alone would be a megabyte more in every pod.
 */
export function installRuntime(source: string, directory: string): void {
  const target = join(directory, 'runtime');
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(source)) {
    const temporary = join(target, `.${name}.${randomBytes(4).toString('hex')}`);
    copyFileSync(join(source, name), temporary);
    // The application may run as another user than the agent.
    chmodSync(temporary, 0o644);
    renameSync(temporary, join(target, name));
  }
  chmodSync(target, 0o755);
}

/**
 * For an agent that cannot do its work, on a full disk for example: the application's `--require` finds a file, if need be an
 * empty one, for which there is nearly always room, and the startup probe lets applications start. They run as if Davylamp
 * were not there.
 */
export function standAside(directory: string): void {
  const target = join(directory, 'runtime');
  mkdirSync(target, { recursive: true });
  chmodSync(target, 0o755);
  try {
    writeFileSync(join(target, PRELOAD_FILE), '', { flag: 'wx', mode: 0o644 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  markReady(directory);
}

/** Tells the startup probe that applications may start: files and socket are there. */
export function markReady(directory: string): void {
  writeFileSync(join(directory, READY_FILE), '');
}
