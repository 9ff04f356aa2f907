import { lstatSync, readdirSync, readFileSync, rmdirSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { CONNECTION_FILE, connectionFileSchema } from '../../protocol/runtime-messages.ts';

/**
 * The directory with socket and connection file of an agent that shares no volume with its processes: that of a local mode, and of an
 * agent that attaches. Synchronous where nothing waits, as `node:fs/promises` would take another megabyte in every agent.
 */

/** Begins the name of every such directory. */
export const DIRECTORY_PREFIX = 'davylamp-';

/** Names of the files that an agent makes in its directory: nothing else is ever deleted. */
const OUR_FILE = /^(?:connection\.json(?:\.[0-9a-f]{8})?|agent-[0-9a-f]{8}\.sock)$/;

/** Largest connection file that is read. */
const MOST_BYTES = 4096;

/** Whether an agent answers on the socket that the directory's connection file names. The file may be another user's. */
export async function isServed(directory: string): Promise<boolean> {
  let path: string;
  try {
    const file = join(directory, CONNECTION_FILE);
    const found = lstatSync(file);
    if (!found.isFile() || found.size > MOST_BYTES) return false;
    path = resolve(directory, connectionFileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).socket);
  } catch {
    return false;
  }
  if (dirname(path) !== directory || !OUR_FILE.test(basename(path))) return false;
  return new Promise((resolved) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolved(true);
    });
    socket.once('error', () => resolved(false));
  });
}

/** Deletes the files that an agent makes, and the directory if it is then empty. */
export function removeAgentDirectory(directory: string): void {
  try {
    for (const name of readdirSync(directory)) {
      // Of a symbolic link, unlink removes the link and never its target.
      if (OUR_FILE.test(name)) remove(() => unlinkSync(join(directory, name)));
    }
  } catch {
    // A directory that is gone, or not to be read, has nothing to delete.
  }
  // Files of others stay, and then the directory does too.
  remove(() => rmdirSync(directory));
}

function remove(work: () => void): void {
  try {
    work();
  } catch {
    // What cannot be deleted stays.
  }
}
