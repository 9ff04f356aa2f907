import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join, resolve as resolvePath } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type AgentFrame,
  agentFrameSchema,
  CONNECTION_FILE,
  connectionFileSchema,
} from '../../src/protocol/runtime-messages.ts';
import type { ProcessInfo } from '../../src/protocol/state.ts';

/** The other end of the unix socket, as a runtime without an application: connects, speaks frames, keeps what it hears. */
export class RuntimeClient {
  readonly frames: AgentFrame[] = [];
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {});
    socket.on('close', () => this.#wake());
    createInterface({ input: socket }).on('line', (line) => {
      this.frames.push(agentFrameSchema.parse(JSON.parse(line)));
      this.#wake();
    });
  }

  static async connect(directory: string): Promise<{ client: RuntimeClient; secret: string }> {
    const { socket: path, secret } = connectionFileSchema.parse(
      JSON.parse(await readFile(join(directory, CONNECTION_FILE), 'utf8')),
    );
    const socket = connect(resolvePath(directory, path));
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return { client: new RuntimeClient(socket), secret };
  }

  /** Connected, and introduced as this process. */
  static async greet(directory: string, process: ProcessInfo): Promise<RuntimeClient> {
    const { client, secret } = await RuntimeClient.connect(directory);
    client.send({ type: 'hello', protocol: 1, secret, process });
    return client;
  }

  send(frame: object): void {
    this.#socket.write(`${JSON.stringify(frame)}\n`);
  }

  sendText(text: string): void {
    this.#socket.write(text);
  }

  /** The first frame, old or new, that this picks out. */
  async heard<T extends AgentFrame>(pick: (frame: AgentFrame) => frame is T): Promise<T> {
    for (;;) {
      const found = this.frames.find(pick);
      if (found !== undefined) return found;
      if (this.#socket.closed) throw new Error(`closed after ${JSON.stringify(this.frames)}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  end(): void {
    this.#socket.destroy();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

type Desired = Extract<AgentFrame, { type: 'desired' }>;
type Bye = Extract<AgentFrame, { type: 'bye' }>;

export const isDesired = (frame: AgentFrame): frame is Desired => frame.type === 'desired';
export const isBye = (frame: AgentFrame): frame is Bye => frame.type === 'bye';
export const isRevision =
  (revision: number) =>
  (frame: AgentFrame): frame is Desired =>
    frame.type === 'desired' && frame.revision === revision;
