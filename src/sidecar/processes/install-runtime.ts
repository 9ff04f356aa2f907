import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { READY_FILE } from '../../protocol/runtime-messages.ts';

/**
 * Files that a killed agent may have left: sockets, the connection file, and files that were not completely written. In a full volume
 * there is room for new ones only without them.
 */
const LEFT_BEHIND = /^(agent-[0-9a-f]+\.sock|connection\.json(?:\.[0-9a-f]+)?|\..+\.(?:[0-9a-f]+|supervisor))$/;

/**
 * Puts the runtime's files where the application's containers see them (`runtime/` in `directory`), each whole or not at
 * all: a process may start at this moment, and one that started before an upgrade still loads the other files by path.
 * The volume is small and outlives the agent: files that are there already are not written again, what a killed agent left is
 * deleted. Synchronous, since nothing else happens yet, and `node:fs/promises` would take another megabyte in every pod.
 */
export function installRuntime(source: string, directory: string): void {
  const target = join(directory, 'runtime');
  mkdirSync(target, { recursive: true });
  for (const place of [directory, target]) {
    for (const name of readdirSync(place)) if (LEFT_BEHIND.test(name)) rmSync(join(place, name), { force: true });
  }
  for (const name of readdirSync(source)) {
    const content = readFileSync(join(source, name));
    if (isThere(join(target, name), content)) continue;
    const temporary = join(target, `.${name}.${randomBytes(4).toString('hex')}`);
    try {
      writeFileSync(temporary, content);
      // The application may run as another user than the agent.
      chmodSync(temporary, 0o644);
      renameSync(temporary, join(target, name));
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }
  chmodSync(target, 0o755);
}

function isThere(path: string, content: Buffer): boolean {
  try {
    return readFileSync(path).equals(content);
  } catch {
    return false;
  }
}

/** Tells the startup probe that applications may start: files and socket are there. */
export function markReady(directory: string): void {
  writeFileSync(join(directory, READY_FILE), '');
}
