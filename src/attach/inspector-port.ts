import { readFileSync } from 'node:fs';
import { errorCode } from '../error-code.ts';
import { AttachError } from './attach-error.ts';
import type { Connection } from './in-process.ts';
import type { TargetProcess } from './target-process.ts';
import { holderOf, socketDescriptors, type TcpSocket, tcpSockets } from './tcp-sockets.ts';

/** The inspector of the process itself. */
export interface OpenPort {
  readonly state: 'open';
  readonly host: string;
  readonly port: number;
  /** Of the socket that listens. */
  readonly inode: string;
  /** Whether somebody is connected. */
  readonly isUsed: boolean;
}

/** Who listens on the port on which a process opens its inspector; another program is named by `holder`. */
export type InspectorPort =
  | { readonly state: 'closed' }
  | OpenPort
  | { readonly state: 'taken'; readonly holder: string };

/** Addresses of other programs that keep an inspector from opening, and how the address of an inspector is reached. */
const IN_THE_WAY = new Set(['0.0.0.0', '::', '127.0.0.1']);
const REACHED: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * Looks who listens, by the inodes of sockets, so that nobody is connected to whose port it is not.
 * @throws AttachError where the kernel does not let us see the sockets of the process.
 */
export function inspectorPort(target: TargetProcess): InspectorPort {
  const { pid, inspectorPort: port } = target;
  const sockets = readable(pid, () => tcpSockets(pid)).filter((socket) => socket.port === port);
  if (sockets.length === 0) return { state: 'closed' };
  const own = readable(pid, () => socketDescriptors(pid));
  const listener = sockets.find(({ state, inode }) => state === 'listening' && own.has(inode));
  if (listener !== undefined) return openPort(listener, sockets, own);
  const other = sockets.find(({ state, address }) => state === 'listening' && IN_THE_WAY.has(address));
  if (other === undefined) return { state: 'closed' };
  // The inspector itself may have closed between the two looks.
  if (!listeningInodes(target).has(other.inode)) return inspectorPort(target);
  return { state: 'taken', holder: nameOf(holderOf(other.inode)) };
}

/** The inodes of all that listens in the network of the process. @throws AttachError */
export function listeningInodes({ pid }: TargetProcess): Set<string> {
  const listening = readable(pid, () => tcpSockets(pid)).filter(({ state }) => state === 'listening');
  return new Set(listening.map(({ inode }) => inode));
}

/**
 * Looks for the inspector of a process that has begun to listen since, wherever that is: one that has changed its title has written over
 * the options on its command line.
 * @throws AttachError
 */
export function openedSince(target: TargetProcess, before: ReadonlySet<string>): OpenPort | undefined {
  const { pid, inspectorPort: port } = target;
  const sockets = readable(pid, () => tcpSockets(pid));
  const fresh = sockets.filter(({ state, inode }) => state === 'listening' && !before.has(inode));
  if (fresh.length === 0) return undefined;
  const own = readable(pid, () => socketDescriptors(pid));
  const listeners = fresh.filter(({ inode }) => own.has(inode));
  const listener = listeners.find((socket) => socket.port === port) ?? listeners[0];
  return listener && openPort(listener, sockets, own);
}

/**
 * The process's own ends of all connections to its inspector, whoever has the others.
 * @param clientPort of one that has to be among them. @returns undefined where the process has closed that. @throws AttachError
 */
export function connectionsOf({ pid }: TargetProcess, port: number, clientPort: number): Connection[] | undefined {
  const sockets = readable(pid, () => tcpSockets(pid));
  const own = readable(pid, () => socketDescriptors(pid));
  const connected = connectedTo(port, sockets, own);
  if (!connected.some(({ remotePort }) => remotePort === clientPort)) return undefined;
  return connected.map(({ inode }) => ({ descriptor: own.get(inode) ?? -1, inode }));
}

function connectedTo(port: number, sockets: readonly TcpSocket[], own: ReadonlyMap<string, number>): TcpSocket[] {
  return sockets.filter((socket) => socket.port === port && socket.state === 'established' && own.has(socket.inode));
}

function openPort(
  { address, port, inode }: TcpSocket,
  sockets: readonly TcpSocket[],
  own: ReadonlyMap<string, number>,
): OpenPort {
  const isUsed = connectedTo(port, sockets, own).length > 0;
  return { state: 'open', host: REACHED[address] ?? address, port, inode, isUsed };
}

/** Reads something of the process in /proc. @throws AttachError */
function readable<T>(pid: number, read: () => T): T {
  try {
    return read();
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
