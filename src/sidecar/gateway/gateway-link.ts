import { WebSocket } from 'ws';
import { readFrame } from '../../protocol/framing/read-frame.ts';
import {
  type AgentToGateway,
  type Grant,
  gatewayToAgentSchema,
  HEARTBEAT_SECONDS,
  type ProcessStates,
  type Usage,
} from '../../protocol/gateway-messages.ts';
import { ENFORCEMENTS } from '../../protocol/needed-enforcement.ts';
import type { WireProbe } from '../../protocol/wire-probe.ts';
import type { AgentLevel } from '../../sinks/standard-output.ts';
import { VERSION } from '../../version.ts';
import type { ResultBuffer } from '../results/result-buffer.ts';
import { fitStates } from './fit-states.ts';
import { DialError, type DialOptions, dialGateway } from './gateway-dial.ts';

export interface GatewayLinkOptions extends DialOptions {
  /** Random, made when the agent starts: numbers of results belong to it. */
  readonly agentID: string;
  readonly buffer: ResultBuffer;
  /** The revision that the agent holds, and what its processes last said. */
  states(): { revision: number; processes: ProcessStates[]; usage: Usage[] };
  onDesired(revision: number, probes: WireProbe[], grants: Grant[] | undefined): void;
  /** The connection ended; the link dials again by itself. */
  onLost(): void;
  /** The gateway gave an attached agent the token of its next dials. */
  onCredential?(token: string): void;
  /** The gateway does not accept the token. The link dials on, which is of no use to an agent that gets no other token: it may close. */
  onRefused?(message: string): void;
  log(level: AgentLevel, message: string): void;
  /** `bytes` came in from the gateway. */
  onBytes?(bytes: number): void;
}

const STATES_MILLISECONDS = 50;
/** Half of the rate at which the gateway reads from one agent, so that results have the other half. */
const STATES_CHARACTERS_PER_MILLISECOND = 1024;
const RECONNECT = { firstMilliseconds: 250, mostMilliseconds: 10_000 };

/** A gateway that says nothing for this long, not even a ping, is gone, whatever TCP thinks. */
const SILENCE_MILLISECONDS = HEARTBEAT_SECONDS * 2500;

/** Unsent bytes above which states wait. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;

/** Frames of results that may wait for their acknowledgement at a time. */
const MAX_BATCHES_IN_FLIGHT = 4;

/**
 * The agent's connection to the gateway, for as long as the agent lives. It reconnects with growing, jittered pauses; the
 * desired set stays as it is meanwhile, and results that were not acknowledged are sent again.
 */
export class GatewayLink {
  readonly #options: GatewayLinkOptions;
  readonly #stopping = new AbortController();
  #socket: WebSocket | undefined;
  #running: Promise<void> | undefined;
  #statesTimer: NodeJS.Timeout | undefined;
  #statesWanted = false;
  /** Number of the first result that this connection has not carried yet, and the last numbers of the frames in flight. */
  #next = 1;
  #inFlight: number[] = [];
  #droppedSent = '[]';

  constructor(options: GatewayLinkOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** States changed: they are sent now, or after a pause when the last ones were sent a moment ago. */
  statesChanged(): void {
    this.#statesWanted = true;
    if (this.#statesTimer === undefined) this.#sendStates();
  }

  /** Results were added to the buffer. */
  resultsAdded(): void {
    this.#sendResults();
  }

  /** Sends the last states and results, waits until they are written, and closes. */
  async close(): Promise<void> {
    this.#stopping.abort();
    const socket = this.#socket;
    if (socket !== undefined) {
      if (this.#statesWanted) this.#sendStates();
      socket.close(1001, 'agent ends');
    }
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let attempts = 0;
    let lastProblem = '';
    while (!signal.aborted) {
      let retryAfterSeconds: number | undefined;
      try {
        const socket = await dialGateway(this.#options, signal);
        this.#options.log('Info', `connected to the gateway ${new URL(this.#options.url).host}`);
        lastProblem = '';
        const openedAt = performance.now();
        const why = await this.#serve(socket);
        if (signal.aborted) return;
        this.#options.log('Warn', `the gateway's connection ended (${why})`);
        this.#options.onLost();
        // A connection that is closed soon after it opened counts as a failed attempt.
        attempts = performance.now() - openedAt > RECONNECT.mostMilliseconds ? 0 : attempts + 1;
      } catch (error) {
        if (signal.aborted) return;
        attempts += 1;
        if (error instanceof DialError) retryAfterSeconds = error.retryAfterSeconds;
        const problem = error instanceof Error ? error.message : String(error);
        // The same problem every ten seconds would bury the results in the log.
        if (problem !== lastProblem) this.#options.log('Warn', `no connection to the gateway: ${problem}`);
        lastProblem = problem;
        if (error instanceof DialError && error.isRefusal) this.#options.onRefused?.(problem);
      }
      await pause(reconnectMilliseconds(attempts, retryAfterSeconds, Math.random()), signal);
    }
  }

  /** Serves one connection until it ends. @returns why it ended, for the log. */
  #serve(socket: WebSocket): Promise<string> {
    return new Promise((resolve) => {
      let why = '';
      const silence = setTimeout(() => {
        why = 'it fell silent';
        socket.terminate();
      }, SILENCE_MILLISECONDS);
      socket.on('ping', () => silence.refresh());
      socket.on('message', (data, isBinary) => {
        silence.refresh();
        const text = isBinary ? undefined : String(data);
        this.#options.onBytes?.(text?.length ?? 0);
        const problem = text === undefined ? 'a frame is binary' : this.#receive(text);
        if (problem === undefined) return;
        why = problem;
        socket.close(1008, problem.slice(0, 120));
      });
      socket.on('error', (error) => {
        why ||= error.message;
      });
      socket.on('close', (code, reason) => {
        clearTimeout(silence);
        clearTimeout(this.#statesTimer);
        this.#statesTimer = undefined;
        this.#socket = undefined;
        resolve(why || `${code}${reason.length === 0 ? '' : ` ${reason}`}`);
      });
      this.#socket = socket;
      this.#next = 1;
      this.#inFlight = [];
      this.#droppedSent = '[]';
      this.#send({ type: 'hello', agentVersion: VERSION, agentID: this.#options.agentID, enforces: [...ENFORCEMENTS] });
      this.statesChanged();
      this.#sendResults();
    });
  }

  #receive(text: string): string | undefined {
    const read = readFrame(text, gatewayToAgentSchema);
    if ('problem' in read) return read.problem;
    const { frame } = read;
    switch (frame.type) {
      case 'desired':
        this.#options.onDesired(frame.revision, frame.probes, frame.grants);
        break;
      case 'acknowledged':
        this.#acknowledge(frame.through);
        break;
      case 'credential':
        this.#options.onCredential?.(frame.token);
    }
    return undefined;
  }

  #acknowledge(through: number): void {
    this.#options.buffer.acknowledge(through);
    this.#inFlight = this.#inFlight.filter((last) => last > through);
    this.#sendResults();
  }

  #sendStates(): void {
    if (this.#socket === undefined) return;
    let pause = STATES_MILLISECONDS;
    // A gateway that has stopped reading gets only the newest states once it reads again.
    if (this.#socket.bufferedAmount < MAX_UNSENT_BYTES) {
      this.#statesWanted = false;
      const { revision, processes, usage } = this.#options.states();
      const fitted = fitStates(processes);
      if (this.#socket.readyState === WebSocket.OPEN) {
        const used = JSON.stringify(usage);
        this.#socket.send(`{"type":"states","revision":${revision},"processes":${fitted},"usage":${used}}`);
      }
      // The states of hundreds of probes in many processes are large and change often, so the larger they are, the rarer they are sent.
      pause = Math.max(pause, fitted.length / STATES_CHARACTERS_PER_MILLISECOND);
    }
    clearTimeout(this.#statesTimer);
    this.#statesTimer = setTimeout(() => {
      this.#statesTimer = undefined;
      if (this.#statesWanted) this.#sendStates();
    }, pause);
  }

  #sendResults(): void {
    const { buffer } = this.#options;
    if (this.#socket === undefined) return;
    const probes = buffer.dropped();
    const dropped = JSON.stringify(probes);
    if (dropped !== this.#droppedSent) {
      this.#droppedSent = dropped;
      this.#send({ type: 'dropped', probes });
    }
    while (this.#inFlight.length < MAX_BATCHES_IN_FLIGHT) {
      const batch = buffer.batch(this.#next);
      if (batch === undefined) return;
      this.#next = batch.first + batch.encoded.length;
      this.#inFlight.push(this.#next - 1);
      this.#socket.send(`{"type":"results","first":${batch.first},"results":[${batch.encoded.join(',')}]}`);
    }
  }

  #send(frame: AgentToGateway): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }
}

/**
 * Full jitter below a bound that doubles with every attempt, so that ten thousand agents do not come back in step.
 * @param random 0 to 1.
 */
export function reconnectMilliseconds(attempts: number, retryAfterSeconds: number | undefined, random: number): number {
  const { firstMilliseconds, mostMilliseconds } = RECONNECT;
  const bound = Math.min(mostMilliseconds, firstMilliseconds * 2 ** Math.min(attempts, 10));
  const least = Math.min(mostMilliseconds, (retryAfterSeconds ?? 0) * 1000);
  return Math.max(firstMilliseconds / 2, least) + random * bound;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });
}
