import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { LineReader } from '../../protocol/framing/line-reader.ts';
import { MAX_FRAME_BYTES } from '../../protocol/limits.ts';
import { type AgentFrame, RUNTIME_PROTOCOL, type RuntimeFrame } from '../../protocol/runtime-messages.ts';
import type { ProcessInfo } from '../../protocol/state.ts';
import { readRuntimeFrame } from './read-runtime-frame.ts';

type Hello = Extract<RuntimeFrame, { type: 'hello' }>;
export type SpokenFrame = Exclude<RuntimeFrame, Hello>;

export interface RuntimeConnectionEvents {
  readonly secret: string;
  onBytes(bytes: number): void;
  onHello(connection: RuntimeConnection, process: ProcessInfo): void;
  onFrame(connection: RuntimeConnection, frame: SpokenFrame): void;
  /** The probe UID of each result that could not be parsed. */
  onRefused(uids: readonly string[]): void;
  /** Called once, whichever side ended the connection. */
  onClose(connection: RuntimeConnection): void;
}

/** How long a peer may take to send its hello. */
const HELLO_MILLISECONDS = 5_000;

/** A peer that does not read is cut off above this, so that it cannot fill the agent's memory. */
const MAX_UNSENT_BYTES = 2 * MAX_FRAME_BYTES;

const TOO_LARGE = `a frame is larger than ${MAX_FRAME_BYTES} bytes`;

/**
 * One runtime's connection: frames in, frames out. Until its hello with the right secret no other frame is accepted; a frame
 * that does not parse ends the connection. A single result that does not parse, or a frame that is too large, is only left out.
 */
export class RuntimeConnection {
  readonly #socket: Socket;
  readonly #events: RuntimeConnectionEvents;
  readonly #decoder = new StringDecoder('utf8');
  readonly #lines = new LineReader(MAX_FRAME_BYTES);
  readonly #helloTimer: NodeJS.Timeout;
  #process: ProcessInfo | undefined;
  #ended = false;

  constructor(socket: Socket, events: RuntimeConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    this.#helloTimer = setTimeout(() => this.refuse('no hello came'), HELLO_MILLISECONDS);
    socket.on('data', (chunk) => this.#receive(chunk));
    // 'close' follows and is handled; the error of a local socket says nothing more.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(this.#helloTimer);
      this.#ended = true;
      events.onClose(this);
    });
  }

  /** The process behind it; undefined before its hello was accepted. */
  get process(): ProcessInfo | undefined {
    return this.#process;
  }

  /** Bytes that it makes the agent hold: the part of a frame that is not whole, and what the peer has not read. */
  get heldBytes(): number {
    return this.#lines.pendingLength + this.#socket.writableLength;
  }

  send(frame: AgentFrame): void {
    if (this.#ended) return;
    this.#socket.write(`${JSON.stringify(frame)}\n`);
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.#socket.destroy();
  }

  /** A newer connection of the same process has taken over. */
  replace(): void {
    this.#end({ type: 'bye', reason: 'replaced' });
  }

  refuse(message: string): void {
    this.#end({ type: 'bye', reason: 'refused', message: message.slice(0, 512) });
  }

  /** Ends the connection without a `bye`, at which the runtime removes everything. */
  close(): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  #end(frame: AgentFrame): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.end(`${JSON.stringify(frame)}\n`);
    // Destroyed after the last write, so that a peer which keeps its half open cannot keep the connection.
    this.#socket.once('finish', () => this.#socket.destroy());
  }

  #receive(chunk: Buffer): void {
    this.#events.onBytes(chunk.length);
    if (this.#ended) return;
    for (const line of this.#lines.read(this.#decoder.write(chunk))) {
      const problem = this.#read(line);
      if (problem !== undefined) this.refuse(problem);
      if (this.#ended) return;
    }
    // A process that has said hello keeps its connection and its probes; results of the frame are lost, which the gap in their numbers shows.
    if (this.#lines.overlong > 0 && this.#process === undefined) this.refuse(TOO_LARGE);
  }

  /** Takes one frame; answers what is wrong with it. */
  #read(line: string): string | undefined {
    const read = readRuntimeFrame(line);
    if ('problem' in read) return read.problem;
    const { frame, refused } = read;
    if (frame.type === 'hello') return this.#greet(frame);
    if (this.#process === undefined) return 'the first frame must be hello';
    if (refused.length > 0) this.#events.onRefused(refused);
    this.#events.onFrame(this, frame);
    return undefined;
  }

  #greet(hello: Hello): string | undefined {
    if (this.#process !== undefined) return 'hello came twice';
    if (!sameSecret(hello.secret, this.#events.secret)) return 'wrong secret';
    if (hello.protocol !== RUNTIME_PROTOCOL) {
      return `protocol ${hello.protocol} is not spoken here; this agent speaks ${RUNTIME_PROTOCOL}`;
    }
    clearTimeout(this.#helloTimer);
    this.#process = hello.process;
    this.#events.onHello(this, hello.process);
    return undefined;
  }
}

function sameSecret(given: string, wanted: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(wanted)];
  return left.length === right.length && timingSafeEqual(left, right);
}
