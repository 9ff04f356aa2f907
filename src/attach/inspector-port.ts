import { readFileSync } from 'node:fs';
import { errorCode } from '../error-code.ts';
import { AttachError } from './attach-error.ts';
import type { TargetProcess } from './target-process.ts';
import { holderOf, socketInodes, tcpSockets } from './tcp-sockets.ts';

/** Who listens on the port on which a process opens its inspector. */
export type InspectorPort =
  | { readonly state: 'closed' }
  /** The process itself; `isUsed` when somebody is connected. */
  | { readonly state: 'open'; readonly host: string; readonly isUsed: boolean }
  /** Another program, which `holder` names. */
  | { readonly state: 'taken'; readonly holder: string };

/** Addresses of other programs that keep an inspector from opening, and how the address of an inspector is reached. */
const IN_THE_WAY = new Set(['0.0.0.0', '::', '127.0.0.1']);
const REACHED: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * Looks who listens, by the inodes of sockets, so that nobody is connected to whose port it is not.
 * @throws AttachError where the kernel does not let us see the sockets of the process.
 */
export function inspectorPort({ pid, inspectorPort: port }: TargetProcess): InspectorPort {
  try {
    const sockets = tcpSockets(pid, port);
    if (sockets.length === 0) return { state: 'closed' };
    const inodes = socketInodes(pid);
    const own = sockets.filter(({ inode }) => inodes.has(inode));
    const listener = own.find(({ state }) => state === 'listening');
    if (listener !== undefined) {
      const host = REACHED[listener.address] ?? listener.address;
      return { state: 'open', host, isUsed: own.some(({ state }) => state === 'established') };
    }
    const other = sockets.find(({ state, address }) => state === 'listening' && IN_THE_WAY.has(address));
    return other === undefined ? { state: 'closed' } : { state: 'taken', holder: nameOf(holderOf(other.inode)) };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ESRCH') throw new AttachError('NoSupportedRuntime', `process ${pid} has ended`);
    throw new AttachError(
      'ProcessHidden',
      `the kernel does not let this user see the sockets of process ${pid} (${String(code)} on /proc/${pid}/fd), so nobody can tell whose its inspector's port is`,
    );
  }
}

function nameOf(pid: number | undefined): string {
  if (pid === undefined) return 'another program';
  try {
    return `process ${pid} (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`;
  } catch {
    return `process ${pid}`;
  }
}
