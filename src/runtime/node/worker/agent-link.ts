import { connect, type Socket } from 'node:net';
import { MAX_FRAME_BYTES } from '../../../protocol/limits.ts';
import type { ConnectionFile } from '../../../protocol/runtime-messages.ts';
import type { ProbeState, ProcessInfo } from '../../../protocol/state.ts';
import type { WireProbe } from '../../../protocol/wire-probe.ts';
import { readConnectionFile } from '../idle/connection-file.ts';
import { FrameReader } from '../idle/frame-reader.ts';

/** Bytes that may wait for the agent to read them. Results beyond are dropped, and their numbers are missing in the sequence. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

export interface ConnectionListener {
  onDesired(revision: number, probes: WireProbe[]): void;
  /** The connection has ended; `refused` when the agent does not accept this process. */
  onClose(end: 'closed' | 'replaced' | 'refused'): void;
}

/** The worker's connection to the agent, while there are probes. */
export class AgentLink {
  readonly #socket: Socket;
  #end: 'closed' | 'replaced' | 'refused' = 'closed';

  /** @returns undefined where no agent has left its address. */
  static open(run: string, process: ProcessInfo, listener: ConnectionListener): AgentLink | undefined {
    try {
      const connection = readConnectionFile(run);
      return connection && new AgentLink(connection, process, listener);
    } catch {
      return undefined;
    }
  }

  constructor(connection: ConnectionFile, process: ProcessInfo, listener: ConnectionListener) {
    const socket = connect(connection.socket);
    this.#socket = socket;
    const reader = new FrameReader(MAX_FRAME_BYTES);
    const { silenceSeconds } = connection;
    const silence =
      silenceSeconds === undefined ? undefined : setTimeout(() => socket.destroy(), silenceSeconds * 1000);
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('connect', () => this.#send({ type: 'hello', protocol: 1, secret: connection.secret, process }));
    socket.on('data', (chunk) => {
      silence?.refresh();
      try {
        for (const frame of reader.read(String(chunk))) this.#receive(frame, listener);
      } catch {
        socket.destroy();
      }
    });
    socket.on('close', () => {
      clearTimeout(silence);
      listener.onClose(this.#end);
    });
  }

  sendStates(revision: number, probes: ProbeState[]): void {
    this.#send({ type: 'states', revision, probes });
  }

  /** @param frame as JSON. @param done called when the socket has taken it, or it had to be dropped. */
  sendResults(frame: string, done: () => void): void {
    if (this.#socket.destroyed || this.#socket.writableLength > MAX_BUFFERED_BYTES) done();
    else this.#socket.write(`${frame}\n`, done);
  }

  /** @param done called when the socket has taken everything. */
  drained(done: () => void): void {
    if (this.#socket.destroyed) done();
    else this.#socket.write('', done);
  }

  #send(frame: object): void {
    if (!this.#socket.destroyed) this.#socket.write(`${JSON.stringify(frame)}\n`);
  }

  /** The agent has checked the frame against the schema before it sent it, so only its type is looked at here. */
  #receive(frame: unknown, listener: ConnectionListener): void {
    if (typeof frame !== 'object' || frame === null || !('type' in frame)) return;
    if (frame.type === 'desired' && 'revision' in frame && 'probes' in frame) {
      const { revision, probes } = frame;
      if (typeof revision === 'number' && Array.isArray(probes)) listener.onDesired(revision, probes);
    }
    if (frame.type === 'bye' && 'reason' in frame) this.#end = frame.reason === 'replaced' ? 'replaced' : 'refused';
  }
}
