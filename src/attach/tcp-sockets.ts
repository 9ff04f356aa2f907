import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A TCP socket as /proc/PID/net shows it, of any process that has the network of this one. */
export interface TcpSocket {
  readonly address: string;
  readonly port: number;
  /** 0 for one that listens. */
  readonly remotePort: number;
  readonly state: 'listening' | 'established';
  readonly inode: string;
}

const STATES: Readonly<Record<string, TcpSocket['state']>> = { '0A': 'listening', '01': 'established' };

/** Processes that are looked through for the one that has a socket. */
const MOST_PROCESSES = 2_000;

/** The listening and the established sockets of the process's network. @throws where /proc does not show them. */
export function tcpSockets(pid: number): TcpSocket[] {
  return ['tcp', 'tcp6'].flatMap((table) => {
    const lines = readTable(`/proc/${pid}/net/${table}`).split('\n').slice(1);
    return lines.flatMap((line): TcpSocket[] => {
      const fields = line.trim().split(/\s+/);
      const [, local = '', remote = '', code = ''] = fields;
      const [address = ''] = local.split(':');
      const state = STATES[code];
      if (state === undefined) return [];
      const [port, remotePort] = [portOf(local), portOf(remote)];
      return [{ address: addressOf(address), port, remotePort, state, inode: fields[9] ?? '0' }];
    });
  });
}

function portOf(end: string): number {
  return Number.parseInt(end.split(':')[1] ?? '', 16);
}

/** A system without IPv6 has no such table. */
function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (path.endsWith('6')) return '';
    throw error;
  }
}

/** The address as people write it, of what the kernel writes: words of 32 bits, each with its last byte first. */
export function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const groups = (bytes.join('').match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** The descriptors of all sockets that the process has open, by inode. @throws where the kernel does not let us see them. */
export function socketDescriptors(pid: number): Map<string, number> {
  const descriptors = new Map<string, number>();
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${name}`))?.[1];
    if (inode !== undefined) descriptors.set(inode, Number(name));
  }
  return descriptors;
}

/** A file that was closed meanwhile leads nowhere. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** @returns the pid of a process that has the socket open; undefined where none is seen. */
export function holderOf(inode: string): number | undefined {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  for (const pid of pids.slice(0, MOST_PROCESSES).map(Number)) {
    try {
      if (socketDescriptors(pid).has(inode)) return pid;
    } catch {
      // The processes of other users are not shown.
    }
  }
  return undefined;
}
