import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import { readFrame } from '../../protocol/framing/read-frame.ts';
import { agentToGatewaySchema, type GatewayToAgent } from '../../protocol/gateway-messages.ts';
import type { SlicedCalls } from '../../time-slice.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { writeDesired } from '../fleet/wire-text.ts';
import type { GatewayMetrics } from '../gateway-metrics.ts';
import { type AgentChannel, type AgentSession, UnexpectedFrame } from './agent-session.ts';
import { compiledSchema } from './compiled-schema.ts';
import { type AttachedIdentity, isAttached, type PodIdentity } from './identity.ts';
import { SendPace } from './send-pace.ts';

/** WebSocket close codes (RFC 6455). */
export const CLOSE = { goingAway: 1001, policyViolation: 1008 } as const;

const FRAME_SCHEMA = compiledSchema(agentToGatewaySchema);
const HELLO_MILLISECONDS = 10_000;
/** Unsent bytes above which no desired set is added: the newest one is sent later, and says everything. */
const ENOUGH_BUFFERED_BYTES = 1024 * 1024;
/** Unsent bytes above which the connection is closed. */
const TOO_MUCH_BUFFERED_BYTES = 16 * 1024 * 1024;
/** Rate above which reading from an agent is paused, so that no agent takes the event loop from the others. */
const BYTES_PER_SECOND = 2 * 1024 * 1024;
const BURST_BYTES = 8 * 1024 * 1024;
const MISSED_HEARTBEATS = 2;
/** How often an attached agent gets a new credential; each is good for an hour. */
const CREDENTIAL_MILLISECONDS = 20 * 60_000;
/** Received bytes that wait to be parsed, above which reading from the agent is paused. */
const MAX_UNREAD_BYTES = 1024 * 1024;

export interface AgentConnectionOptions {
  readonly socket: WebSocket;
  readonly identity: PodIdentity;
  readonly fleet: Fleet;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  /** Shared by all connections: reads and writes the frames of thousands of agents in slices of time, sets before all that is read. */
  readonly calls: SlicedCalls;
  /** The credential with which an attached agent comes back. */
  readonly credentialFor?: (identity: AttachedIdentity) => string | undefined;
  /** Between two credentials; default 20 minutes. */
  readonly credentialMilliseconds?: number;
  /** Whether the container of an attached agent still runs. */
  readonly isPresent?: (identity: AttachedIdentity) => boolean;
}

/** One agent's WebSocket: parses and bounds what comes in, coalesces and bounds what goes out. */
export class AgentConnection implements AgentChannel {
  readonly #socket: WebSocket;
  readonly #identity: PodIdentity;
  readonly #parentLog: Logger;
  readonly #metrics: GatewayMetrics;
  readonly #session: AgentSession;
  readonly #options: Pick<AgentConnectionOptions, 'credentialFor' | 'credentialMilliseconds' | 'isPresent'>;
  /** When the last credential was sent, of `performance.now()`; infinite before the hello. */
  #credentialAt = Number.POSITIVE_INFINITY;
  readonly #helloTimer: NodeJS.Timeout;
  #resumeTimer: NodeJS.Timeout | undefined;
  #unanswered = 0;
  readonly #calls: SlicedCalls;
  readonly #pace = new SendPace(() => this.#calls.addFirst(() => this.#sendDesired()));
  #unreadBytes = 0;
  /** Whether the gateway has closed the connection: frames are ignored from then on. */
  #isClosing = false;
  #bytesLeft = BURST_BYTES;
  #bytesLeftAt = performance.now();

  constructor(options: AgentConnectionOptions) {
    const { socket, identity, fleet, log, metrics, calls } = options;
    this.#options = options;
    this.#socket = socket;
    this.#calls = calls;
    this.#metrics = metrics;
    this.#identity = identity;
    this.#parentLog = log;
    socket.on('message', (data, isBinary) => this.#take(data, isBinary));
    socket.on('pong', () => {
      this.#unanswered = 0;
      this.#session.heard();
    });
    socket.on('error', (error) => this.#socketError(error));
    socket.on('close', (code) => this.#closed(code));
    this.#helloTimer = setTimeout(() => this.#violation('no hello in time'), HELLO_MILLISECONDS);
    metrics.gatewayEvent('connected');
    this.#session = fleet.connect(identity, this);
  }

  desiredChanged(isUrgent = true): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#pace.changed(isUrgent);
  }

  acknowledge(frame: Extract<GatewayToAgent, { type: 'acknowledged' }>): void {
    this.#send(JSON.stringify(frame));
  }

  replaced(): void {
    this.#metrics.gatewayEvent('replaced');
    this.close(CLOSE.goingAway, 'replaced by a newer connection of this pod');
  }

  /** Once per heartbeat: sends a ping, and a new credential when it is time, or closes the connection of an agent that is gone. */
  heartbeat(): void {
    if (this.#unanswered >= MISSED_HEARTBEATS) {
      this.#metrics.gatewayEvent('unresponsive');
      this.terminate();
      return;
    }
    // Whoever speaks for a container that has ended has its credential from elsewhere.
    if (isAttached(this.#identity) && this.#options.isPresent?.(this.#identity) === false) {
      this.close(CLOSE.policyViolation, 'the container of this agent has ended');
      return;
    }
    if (this.#unanswered > 0) this.#session.silent();
    this.#unanswered += 1;
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.ping();
    const { credentialMilliseconds = CREDENTIAL_MILLISECONDS } = this.#options;
    if (performance.now() - this.#credentialAt >= credentialMilliseconds) this.#sendCredential();
  }

  close(code: number, reason: string): void {
    this.#isClosing = true;
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#isClosing = true;
    this.#socket.terminate();
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    // Every message is one Buffer with ws's default binaryType.
    const text = isBinary || !Buffer.isBuffer(data) ? undefined : data;
    const bytes = text?.length ?? 0;
    this.#charge(bytes);
    this.#unreadBytes += bytes;
    if (this.#unreadBytes > MAX_UNREAD_BYTES) this.#socket.pause();
    this.#calls.add(() => {
      this.#unreadBytes -= bytes;
      if (this.#unreadBytes === 0 && this.#socket.isPaused && this.#resumeTimer === undefined) this.#socket.resume();
      // Frames count that came before the agent closed the connection, not those after the gateway did.
      if (!this.#isClosing) this.#receive(text);
    });
  }

  #receive(text: Buffer | undefined): void {
    const read = text && readFrame(text.toString('utf8'), FRAME_SCHEMA);
    if (read === undefined || 'problem' in read) {
      this.#violation(read === undefined ? 'binary frame' : 'frame that is not of the protocol');
      return;
    }
    const { frame } = read;
    if (frame.type === 'hello') {
      clearTimeout(this.#helloTimer);
      this.#log.info({ agentVersion: frame.agentVersion, agentID: frame.agentID }, 'agent connected');
    }
    if (frame.type === 'states') this.#pace.answered(frame.revision);
    try {
      this.#session.receive(frame);
      if (frame.type === 'hello') this.#sendCredential();
    } catch (error) {
      if (!(error instanceof UnexpectedFrame)) throw error;
      this.#violation(error.message);
    }
  }

  /** An injected agent has a token of its pod's ServiceAccount and gets none. */
  #sendCredential(): void {
    const token = isAttached(this.#identity) ? this.#options.credentialFor?.(this.#identity) : undefined;
    if (token === undefined) return;
    this.#credentialAt = performance.now();
    this.#send(JSON.stringify({ type: 'credential', token } satisfies GatewayToAgent));
  }

  /** Made when there is something to say, as it would take memory of each of ten thousand connections. */
  get #log(): Logger {
    const { namespace, podName, podUID } = this.#identity;
    return this.#parentLog.child({ pod: `${namespace}/${podName}`, podUID });
  }

  #charge(bytes: number): void {
    const now = performance.now();
    const earned = ((now - this.#bytesLeftAt) / 1000) * BYTES_PER_SECOND;
    this.#bytesLeft = Math.min(BURST_BYTES, this.#bytesLeft + earned) - bytes;
    this.#bytesLeftAt = now;
    if (this.#bytesLeft >= 0 || this.#resumeTimer !== undefined) return;
    this.#socket.pause();
    this.#resumeTimer = setTimeout(
      () => {
        this.#resumeTimer = undefined;
        if (this.#unreadBytes <= MAX_UNREAD_BYTES) this.#socket.resume();
      },
      (-this.#bytesLeft / BYTES_PER_SECOND) * 1000,
    );
  }

  #sendDesired(): void {
    this.#pace.begun();
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > ENOUGH_BUFFERED_BYTES) {
      this.#pace.postpone();
      return;
    }
    const frame = this.#session.desired();
    if (frame === undefined) return;
    this.#pace.sent(frame.revision);
    this.#send(writeDesired(frame));
  }

  #send(frame: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > TOO_MUCH_BUFFERED_BYTES) {
      this.#metrics.gatewayEvent('too_slow');
      this.terminate();
      return;
    }
    this.#socket.send(frame);
  }

  #violation(what: string): void {
    this.#metrics.gatewayEvent('bad_frame');
    this.#log.warn({ what }, 'agent connection closed for a protocol violation');
    this.close(CLOSE.policyViolation, what);
  }

  #socketError(error: Error): void {
    // A frame that is too big or malformed on the WebSocket level; ws itself closes with 1009 or 1002.
    if (error instanceof RangeError || error instanceof SyntaxError) this.#metrics.gatewayEvent('bad_frame');
    this.#log.debug({ error: error.message }, 'agent socket error');
  }

  #closed(code: number): void {
    clearTimeout(this.#helloTimer);
    this.#pace.stop();
    clearTimeout(this.#resumeTimer);
    this.#metrics.gatewayEvent('disconnected');
    // Queued, so that frames that came before are read first; and all agents may be cut off in one turn of the event loop.
    this.#calls.add(() => {
      this.#log.info({ code }, 'agent disconnected');
      this.#session.end();
    });
  }
}
