import { lstatSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIRECTORY_PREFIX, isServed, removeAgentDirectory } from '../processes/agent-directory.ts';

/** Always there and always writable, also where the container's own files are not. */
const SHARED_MEMORY = '/dev/shm';

/** The path of a unix socket may have so many bytes. */
const MOST_SOCKET_BYTES = 106;
const SOCKET_NAME = 'agent-01234567.sock';

/** A directory that is younger may belong to an agent that is just starting. */
const SETTLED_MILLISECONDS = 60_000;

/** The path under which a process of the container sees a file of the agent, without sharing a volume with it. */
export function seenByTarget(path: string): string {
  return `/proc/${process.pid}/root${path}`;
}

/**
 * Makes the directory for socket and connection file. Only the agent's own user can enter it, which is that of the processes too.
 * Directories that killed agents left in the same places are removed.
 * @throws Error where no place can be written to.
 */
export async function makeOwnDirectory(places: readonly string[] = [tmpdir(), SHARED_MEMORY]): Promise<string> {
  for (const place of places) await removeLeftovers(place);
  let problem: unknown;
  for (const place of places) {
    const longest = seenByTarget(join(place, `${DIRECTORY_PREFIX}123456`, SOCKET_NAME));
    if (Buffer.byteLength(longest) > MOST_SOCKET_BYTES) continue;
    try {
      return mkdtempSync(join(place, DIRECTORY_PREFIX));
    } catch (error) {
      problem = error;
    }
  }
  throw new Error(`no directory can be made in ${places.join(' or ')}: ${String(problem)}`);
}

async function removeLeftovers(place: string): Promise<void> {
  const names = namesIn(place).filter((name) => name.startsWith(DIRECTORY_PREFIX));
  for (const name of names) {
    const path = join(place, name);
    if (isOld(path) && !(await isServed(path))) removeAgentDirectory(path);
  }
}

function isOld(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const isOurs = found?.isDirectory() === true && found.uid === process.geteuid?.();
  return isOurs && Date.now() - found.mtimeMs > SETTLED_MILLISECONDS;
}

function namesIn(place: string): string[] {
  try {
    return readdirSync(place);
  } catch {
    return [];
  }
}
