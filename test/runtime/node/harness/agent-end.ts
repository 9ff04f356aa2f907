import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RuntimeFrame, runtimeFrameSchema } from '../../../../src/protocol/runtime-messages.ts';
import type { ProbeState } from '../../../../src/protocol/state.ts';
import type { WireProbe } from '../../../../src/protocol/wire-probe.ts';
import type { SeenResult } from './seen-result.ts';

type Hello = Extract<RuntimeFrame, { type: 'hello' }>;

/** The agent's end of the wire, small but real: one process at a time, every frame checked against the schema. */
export class AgentEnd {
  readonly directory = mkdtempSync(join(tmpdir(), 'davylamp-'));
  readonly hellos: Hello[] = [];
  readonly results: SeenResult[] = [];
  states: ProbeState[] = [];
  statesSeen = 0;
  /** Is told every line that crosses the socket, before anything else looks at it. */
  onLine: (line: string) => void = () => {};
  revision = 0;
  readonly #secret = randomUUID();
  readonly #events = new EventEmitter().setMaxListeners(100);
  #server: Server | undefined;
  #socket: Socket | undefined;
  #isMute = false;
  #desired: { revision: number; probes: WireProbe[] } = { revision: 1, probes: [] };

  async listen(): Promise<this> {
    const socket = join(this.directory, `${randomUUID().slice(0, 8)}.sock`);
    const server = createServer((connection) => this.#accept(connection));
    server.listen(socket);
    await once(server, 'listening');
    this.#server = server;
    const temporary = join(this.directory, 'connection.new');
    writeFileSync(temporary, JSON.stringify({ socket, secret: this.#secret }));
    renameSync(temporary, join(this.directory, 'connection.json'));
    return this;
  }

  /** Dies as an agent dies: the socket is cut, the address stays behind. */
  die(): void {
    this.#server?.close();
    this.#server = undefined;
    this.#socket?.destroy();
    this.#socket = undefined;
    this.states = [];
  }

  /** Wishes for the whole set of probes, and waits until the process has said how far it got with it. */
  async desire(...probes: WireProbe[]): Promise<ProbeState[]> {
    this.wish(...probes);
    const { revision } = this.#desired;
    await this.until(() => this.revision === revision);
    return this.states;
  }

  wish(...probes: WireProbe[]): void {
    this.#desired = { revision: this.#desired.revision + 1, probes };
    this.#send(this.#socket, { type: 'desired', ...this.#desired });
  }

  /** Takes what it is told from now on, and says nothing. */
  mute(): void {
    this.#isMute = true;
  }

  async hello(): Promise<Hello> {
    await this.until(() => this.hellos.length > 0);
    return this.hellos[0] as Hello;
  }

  async state(wanted: (state: ProbeState) => boolean): Promise<ProbeState> {
    await this.until(() => this.states.some(wanted));
    return this.states.find(wanted) as ProbeState;
  }

  async result(wanted: (result: SeenResult) => boolean = () => true): Promise<SeenResult> {
    await this.until(() => this.results.some(wanted));
    return this.results.find(wanted) as SeenResult;
  }

  async until(condition: () => boolean, milliseconds = 60_000): Promise<void> {
    const signal = AbortSignal.timeout(milliseconds);
    while (!condition()) {
      await once(this.#events, 'frame', { signal }).catch(() => {
        throw new Error(`waited in vain; states: ${JSON.stringify(this.states)}; results: ${this.results.length}`);
      });
    }
  }

  close(): void {
    this.die();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #accept(socket: Socket): void {
    let pending = '';
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('data', (text: string) => {
      const lines = (pending + text).split('\n');
      // No frame without its line end: a process that is killed leaves half of one.
      pending = lines.pop() ?? '';
      for (const line of lines) this.#take(socket, line);
    });
  }

  #take(socket: Socket, line: string): void {
    this.onLine(line);
    const frame = runtimeFrameSchema.parse(JSON.parse(line));
    if (frame.type === 'hello') {
      if (frame.secret !== this.#secret) throw new Error('wrong secret');
      this.hellos.push(frame);
      const replaced = this.#socket;
      this.#socket = socket;
      if (replaced) {
        this.#send(replaced, { type: 'bye', reason: 'replaced' });
        replaced.end();
      }
      this.#send(socket, { type: 'desired', ...this.#desired });
    } else if (frame.type === 'states') {
      this.states = frame.probes;
      this.statesSeen++;
      this.revision = frame.revision;
    } else this.results.push(...frame.results);
    this.#events.emit('frame');
  }

  #send(socket: Socket | undefined, frame: object): void {
    if (!this.#isMute) socket?.write(`${JSON.stringify(frame)}\n`);
  }
}
