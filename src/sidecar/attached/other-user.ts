import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { isNodeExecutable } from '../../attach/node-command.ts';
import { effectiveUser, type User } from '../../attach/process-status.ts';

/** What everybody may see of a process, whoever it belongs to. */
interface Seen {
  readonly user: User;
  readonly isNode: boolean;
}

/**
 * The kernel lets the agent look only into processes of its own user and group. @returns those of the processes, where they are others:
 * of the first one that looks like Node.js, or else of the first one; undefined where the agent is right, or there are no processes.
 */
export function otherUser(pids: readonly number[], own: User): User | undefined {
  const seen = pids.flatMap((pid) => look(pid) ?? []);
  const ofNode = seen.filter(({ isNode }) => isNode);
  const candidates = ofNode.length > 0 ? ofNode : seen;
  if (candidates.some(({ user }) => user.uid === own.uid && user.gid === own.gid)) return undefined;
  return candidates[0]?.user;
}

function look(pid: number): Seen | undefined {
  try {
    const user = effectiveUser(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return { user, isNode: looksLikeNode(pid) };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

/** Whether it is Node.js by its program or, where that is hidden, by the name of the command that started it. */
export function looksLikeNode(pid: number): boolean {
  try {
    return isNodeExecutable(basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')));
  } catch {
    return isNodeExecutable(basename(commandLineOf(pid)[0] ?? ''));
  }
}

/** The command line, which everybody may see; empty where the process has ended. */
export function commandLineOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, '').split('\0');
  } catch {
    return [];
  }
}
