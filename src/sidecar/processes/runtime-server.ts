import { randomBytes } from 'node:crypto';
import { chmodSync, lchownSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { basename, join } from 'node:path';
import type { ProcessStates } from '../../protocol/gateway-messages.ts';
import { MAX_PROBES, MAX_PROCESSES } from '../../protocol/limits.ts';
import type { Result } from '../../protocol/result.ts';
import { CONNECTION_FILE, type ConnectionFile } from '../../protocol/runtime-messages.ts';
import type { ProbeState, ProcessInfo } from '../../protocol/state.ts';
import type { WireProbe } from '../../protocol/wire-probe.ts';
import { isEnforcedBy, refusedStates } from './old-runtimes.ts';
import { RuntimeConnection, type SpokenFrame } from './runtime-connection.ts';

export interface RuntimeServerOptions {
  /** Where the socket and `connection.json` go; runtimes may see it under another path. */
  readonly directory: string;
  /** After how long without a frame runtimes take the agent for hung; without this, never. */
  readonly silenceSeconds?: number;
  /** The only user whose runtimes may connect, where others can enter the directory; unless given, the mode of the directory decides. */
  readonly runtimeUser?: { readonly uid: number; readonly gid: number };
  /** A process came or went, or one of its states changed. */
  onChange(): void;
  onResults(results: Result[], process: ProcessInfo): void;
  /** `bytes` came in from a runtime. */
  onBytes?(bytes: number): void;
  /** The probe UID of each result that could not be taken: too large, or not of the protocol. */
  onRefused?(uids: readonly string[]): void;
}

interface KnownProcess {
  process: ProcessInfo;
  revision: number;
  probes: ProbeState[];
  /** Undefined while the process is away and may yet come back. */
  connection: RuntimeConnection | undefined;
  /** What was last sent over the connection; the same set is not sent twice. */
  sent: string | undefined;
  graceTimer?: NodeJS.Timeout;
}

/** A process counts as gone after so long without a connection, as a runtime changes its connection (main thread → worker, and back). */
const GRACE_MILLISECONDS = 1_000;

/** Signs of life that are sent within `silenceSeconds`, and the longest time between two of them. */
const SIGNS_OF_LIFE = 4;
const LONGEST_SIGN_MILLISECONDS = 60_000;

/** Bytes that a peer may make the agent hold while memory is short. */
const SHED_HELD_BYTES = 256 * 1024;

/** Connections on the socket; more are refused. */
const MAX_CONNECTIONS = 128;

/** A worker thread is refused once so many processes and threads are connected, so that a pool of threads keeps no process out. */
const MAX_WITH_THREADS = 32;

/**
 * Where the runtimes of the pod (or, locally, of one process) connect. Each gets all desired probes that are meant
 * for its container; what it answers is kept as the last known state of its process.
 */
export class RuntimeServer {
  readonly #options: RuntimeServerOptions;
  readonly #secret = randomBytes(24).toString('base64url');
  readonly #socketPath: string;
  readonly #server: Server;
  readonly #connections = new Set<RuntimeConnection>();
  readonly #processes = new Map<string, KnownProcess>();
  readonly #idle = new Set<() => void>();
  #revision = 0;
  #probes: readonly WireProbe[] = [];
  #signs: NodeJS.Timeout | undefined;

  constructor(options: RuntimeServerOptions) {
    this.#options = options;
    // Each start has another name, so that no runtime dials a socket that a killed agent left behind.
    this.#socketPath = join(options.directory, `agent-${randomBytes(4).toString('hex')}.sock`);
    this.#server = createServer((socket) => {
      if (this.#connections.size >= MAX_CONNECTIONS) return socket.destroy();
      const connection = new RuntimeConnection(socket, {
        secret: this.#secret,
        onBytes: (bytes) => options.onBytes?.(bytes),
        onHello: (from, process) => this.#welcome(from, process),
        onFrame: (from, frame) => this.#take(from, frame),
        onRefused: (uids) => this.#options.onRefused?.(uids),
        onClose: (from) => this.#leave(from),
      });
      this.#connections.add(connection);
    });
  }

  /**
   * Opens the socket, then writes the connection file, so whoever reads the file can connect.
   * @throws if the directory does not exist, is not writable, or its path is too long for a unix socket.
   */
  async listen(): Promise<void> {
    if (Buffer.byteLength(this.#socketPath) > 107) {
      throw new Error(
        `${this.#socketPath}: longer than the 107 bytes that a unix socket's path may have; use a shorter directory`,
      );
    }
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#socketPath, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    // The application may run as another user; the secret and the directory's own mode decide who gets in.
    this.#give(this.#socketPath, 0o666, 0o600);
    const { silenceSeconds } = this.#options;
    const content: ConnectionFile = { socket: basename(this.#socketPath), secret: this.#secret, silenceSeconds };
    const path = join(this.#options.directory, CONNECTION_FILE);
    const temporary = `${path}.${randomBytes(4).toString('hex')}`;
    try {
      writeFileSync(temporary, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: 'wx' });
      this.#give(temporary, 0o644, 0o400);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    if (silenceSeconds === undefined) return;
    const period = Math.min(LONGEST_SIGN_MILLISECONDS, (silenceSeconds * 1000) / SIGNS_OF_LIFE);
    this.#signs = setInterval(() => this.#giveSigns(), period);
  }

  /**
   * Lets runtimes of all users in, or only those of `runtimeUser`. Nobody else can write into the directory, so that the path leads to the
   * file that was just made.
   */
  #give(path: string, modeForAll: number, modeForOne: number): void {
    const { runtimeUser } = this.#options;
    chmodSync(path, runtimeUser === undefined ? modeForAll : modeForOne);
    if (runtimeUser !== undefined) lchownSync(path, runtimeUser.uid, runtimeUser.gid);
  }

  /** Replaces the whole desired set; every connected process gets its share of it. */
  setDesired(revision: number, probes: readonly WireProbe[]): void {
    this.#revision = revision;
    this.#probes = probes;
    for (const known of this.#processes.values()) this.#sendDesired(known);
  }

  /** Every process that is connected, or was until a moment ago, with its last known states. */
  processes(): ProcessStates[] {
    return [...this.#processes.values()].map((known) => {
      const { process, revision, probes } = known;
      const refused = refusedStates(this.#meantFor(known), process, probes);
      return {
        process,
        revision,
        probes: refused.length === 0 ? probes : [...probes, ...refused].slice(0, MAX_PROBES),
      };
    });
  }

  /** Frees memory: peers that make the agent hold much, by sending or by not reading, are cut off. They connect again. */
  shed(): void {
    for (const connection of this.#connections) if (connection.heldBytes > SHED_HELD_BYTES) connection.close();
  }

  /** Waits until every connection has ended by itself and was read to its end, at most `milliseconds`. */
  disconnected(milliseconds: number): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#idle.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#idle.add(done);
    });
  }

  /** Closes every connection, at which the runtimes remove everything, and deletes socket and connection file. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    clearInterval(this.#signs);
    for (const known of this.#processes.values()) clearTimeout(known.graceTimer);
    this.#processes.clear();
    for (const connection of this.#connections) connection.close();
    await closed;
    rmSync(join(this.#options.directory, CONNECTION_FILE), { force: true });
    rmSync(this.#socketPath, { force: true });
  }

  #welcome(connection: RuntimeConnection, process: ProcessInfo): void {
    const before = this.#processes.get(process.instanceID);
    const most = process.threadID === undefined ? MAX_PROCESSES : MAX_WITH_THREADS;
    if (before === undefined && this.#processes.size >= most) {
      const kind = process.threadID === undefined ? 'processes' : 'processes and threads';
      connection.refuse(`${most} ${kind} are connected already, which is the most that one agent serves`);
      return;
    }
    clearTimeout(before?.graceTimer);
    const older = before?.connection;
    const known: KnownProcess = { revision: 0, probes: [], ...before, process, connection, sent: undefined };
    this.#processes.set(process.instanceID, known);
    older?.replace();
    this.#sendDesired(known);
    this.#options.onChange();
  }

  #take(connection: RuntimeConnection, frame: SpokenFrame): void {
    const known = this.#of(connection);
    if (known === undefined) {
      // Results of a connection that was just replaced still count; its states are outdated.
      if (frame.type === 'results' && connection.process) this.#options.onResults(frame.results, connection.process);
      return;
    }
    if (frame.type === 'results') {
      this.#options.onResults(frame.results, known.process);
    } else {
      known.revision = frame.revision;
      known.probes = frame.probes;
      this.#options.onChange();
    }
  }

  #leave(connection: RuntimeConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) for (const done of this.#idle) done();
    const known = this.#of(connection);
    if (known === undefined) return;
    known.connection = undefined;
    known.graceTimer = setTimeout(() => {
      this.#processes.delete(known.process.instanceID);
      this.#options.onChange();
    }, GRACE_MILLISECONDS);
  }

  #of(connection: RuntimeConnection): KnownProcess | undefined {
    const known = connection.process && this.#processes.get(connection.process.instanceID);
    return known?.connection === connection ? known : undefined;
  }

  /** Sends `alive` to every process that has probes. In one without, it would wake the application's own thread for nothing. */
  #giveSigns(): void {
    for (const known of this.#processes.values()) {
      if (this.#probesFor(known).length > 0) known.connection?.send({ type: 'alive' });
    }
  }

  /** Those that are meant for it, without any that its runtime would not enforce. */
  #probesFor(known: KnownProcess): WireProbe[] {
    return this.#meantFor(known).filter((probe) => isEnforcedBy(probe, known.process));
  }

  #meantFor({ process: { containerName } }: KnownProcess): WireProbe[] {
    return this.#probes.filter((probe) => probe.containerName === undefined || probe.containerName === containerName);
  }

  #sendDesired(known: KnownProcess): void {
    const probes = this.#probesFor(known);
    const sent = JSON.stringify([this.#revision, probes]);
    if (known.connection === undefined || known.sent === sent) return;
    known.sent = sent;
    known.connection.send({ type: 'desired', revision: this.#revision, probes });
  }
}
