import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { ProcessInfo } from '../../../protocol/state.ts';
import { after, cancel, type Timer } from '../application/entry-points.ts';
import { readConnectionFile } from './connection-file.ts';
import { FrameReader } from './frame-reader.ts';
import { permissionsMissing } from './permission-model.ts';

const MAX_FRAME_BYTES = 4 * 1024 * 1024;
/** The application may replace them later. */
const { random } = Math;
const { stringify } = JSON;

const RETRY_MILLISECONDS = 1000;
const RETRY_JITTER_MILLISECONDS = 4000;
/** Milliseconds until the next attempt after the agent has refused the process, for example since it has too many. */
const RETRY_REFUSED_MILLISECONDS = 30_000;

/**
 * The connection to the agent while there are no probes: an unref'd socket on the application's thread that sends a hello and waits.
 * It never throws, never writes to the application's output, and never keeps the process alive.
 */
export class IdleConnection {
  readonly #run: string;
  readonly #process: ProcessInfo;
  readonly #onWanted: () => void;
  readonly #onGone: (() => void) | undefined;
  #socket: Socket | undefined;
  #retry: Timer | undefined;
  #idle = false;
  #isRefused = false;

  /**
   * @param onWanted called when the desired set is no longer empty; the connection has stopped by then.
   * @param onGone called when the agent has removed its directory, or nobody listens on the socket that it names; the connection has
   * stopped for good by then. Without it the connection waits for the next agent in the directory.
   */
  constructor(run: string, process: ProcessInfo, onWanted: () => void, onGone?: () => void) {
    this.#run = run;
    this.#process = process;
    this.#onWanted = onWanted;
    this.#onGone = onGone;
  }

  /** Connects now, and again whenever the connection ends, until `stop`. */
  start(): void {
    if (this.#idle) return;
    this.#idle = true;
    this.#tryToConnect();
  }

  /** Connects. Where that throws, as when the application has replaced what it uses, it is tried again later. */
  #tryToConnect(): void {
    try {
      if (this.#idle) this.#connect();
    } catch {
      this.#retryLater();
    }
  }

  /** @param keepSocket leaves the socket open until the agent closes it, because another connection replaces it. */
  stop(keepSocket: boolean): void {
    this.#idle = false;
    cancel(this.#retry);
    if (!keepSocket) this.#socket?.destroy();
    this.#socket = undefined;
  }

  #connect(): void {
    const connection = readConnectionFile(this.#run);
    if (connection === undefined) {
      this.#retryLater();
      return;
    }
    // Loaded only when it is needed: thousands of worker threads may end before they connect.
    const { connect }: typeof import('node:net') = require('node:net');
    const socket = connect(connection.socket);
    this.#socket = socket;
    const reader = new FrameReader(MAX_FRAME_BYTES);
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    let isMet = false;
    // An exception of a listener would end the process, and the application may have replaced anything that is used here.
    const listen = (event: string, listener: (chunk: unknown) => void) =>
      socket.on(event, (chunk: unknown) => {
        try {
          listener(chunk);
        } catch {
          socket.destroy();
        }
      });
    listen('connect', () => {
      isMet = true;
      const { secret } = connection;
      socket.write(`${stringify({ type: 'hello', protocol: 1, secret, process: this.#process })}\n`);
    });
    listen('data', (chunk) => {
      for (const frame of reader.read(String(chunk))) this.#receive(socket, frame);
    });
    listen('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      // An agent that was killed leaves its files. Another one may have written its own meanwhile.
      if (!isMet && readConnectionFile(this.#run)?.socket === connection.socket) this.#leave();
      else this.#retryLater();
    });
    socket.unref();
  }

  #receive(socket: Socket, frame: unknown): void {
    if (this.#socket !== socket || !isRecord(frame)) return;
    this.#isRefused = frame.type === 'bye' && frame.reason === 'refused';
    if (frame.type !== 'desired' || !Array.isArray(frame.probes)) return;
    const message = permissionsMissing();
    if (frame.probes.length === 0 || message !== undefined) {
      const refuse = ({ uid, generation }: { uid?: unknown; generation?: unknown }) =>
        ({ uid, generation, state: 'Failed', reason: 'PermissionModel', message, hits: 0, dropped: [] }) as const;
      const probes = frame.probes.filter(isRecord).map(refuse);
      socket.write(`${stringify({ type: 'states', revision: frame.revision, probes })}\n`);
      return;
    }
    this.stop(true);
    this.#onWanted();
  }

  /** Stops for good where there will be no other agent. */
  #leave(): void {
    if (this.#onGone === undefined) {
      this.#retryLater();
      return;
    }
    this.stop(false);
    this.#onGone();
  }

  #retryLater(): void {
    if (!this.#idle) return;
    cancel(this.#retry);
    if (this.#onGone !== undefined && !existsSync(this.#run)) {
      this.#leave();
      return;
    }
    const wait = this.#isRefused ? RETRY_REFUSED_MILLISECONDS : RETRY_MILLISECONDS;
    this.#retry = after(wait + random() * RETRY_JITTER_MILLISECONDS, () => this.#tryToConnect());
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
