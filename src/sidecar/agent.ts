import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Grant, ProcessStates } from '../protocol/gateway-messages.ts';
import { MAX_PROCESSES } from '../protocol/limits.ts';
import type { Result } from '../protocol/result.ts';
import type { ProcessInfo } from '../protocol/state.ts';
import type { WireProbe } from '../protocol/wire-probe.ts';
import type { StandardOutput } from '../sinks/standard-output.ts';
import { GatewayAbsence } from './gateway/gateway-absence.ts';
import { GatewayLink } from './gateway/gateway-link.ts';
import { IdleGC } from './idle-gc.ts';
import { MemoryWatch } from './memory-watch.ts';
import { installRuntime, markReady } from './processes/install-runtime.ts';
import { RuntimeServer } from './processes/runtime-server.ts';
import { Grants, type Permitted } from './results/grants.ts';
import { ResultBuffer } from './results/result-buffer.ts';
import { ResultNumbers } from './results/result-numbers.ts';
import { SinkWriter } from './results/sink-writer.ts';
import type { AgentSettings } from './settings.ts';

/** Exit code of an agent that ended for lack of memory; the next agent logs it. */
const MEMORY_EXIT_CODE = 3;

/** Revision of the empty set that an agent gives itself; below every revision of a gateway, so that none of those counts as acknowledged. */
const OWN_REVISION = 1;

/** What an agent is told by, and tells, that was attached to a running pod; an injected one has a token and applications that connect. */
export interface AttachedPart {
  /** The token of the next dial. */
  token(): string;
  onCredential(token: string): void;
  /** The gateway does not accept the token. */
  onRefused(message: string): void;
  /** What else the log is told of the connection to the gateway. */
  onProblem(message: string): void;
  onDesired(revision: number, probes: readonly WireProbe[]): void;
  /** Every probe has been taken out, since the gateway was away for too long. */
  onAbsent(seconds: number): void;
  /** The agent must end for lack of memory. */
  onMemoryShort(message: string): void;
  /** The processes that do not speak for themselves. */
  unentered(): ProcessStates[];
}

/** Milliseconds between two looks whether all probes are out. */
const LOOK_MILLISECONDS = 20;

/**
 * The agent of one pod: the gateway says what is desired, the runtimes in the pod's processes do it, and every result goes
 * to the log at once and to the gateway once it is connected. While the gateway is away the last desired set is kept for a while
 * ({@link GatewayAbsence}); each probe still expires at its own time.
 */
export class Agent {
  readonly #settings: AgentSettings;
  readonly #log: StandardOutput;
  readonly #sinks: SinkWriter;
  readonly #buffer = new ResultBuffer();
  readonly #server: RuntimeServer;
  readonly #link: GatewayLink;
  readonly #idleGC = new IdleGC();
  readonly #absence: GatewayAbsence;
  readonly #memory: MemoryWatch | undefined;
  readonly #grants = new Grants(() => this.#link.statesChanged());
  readonly #numbers = new ResultNumbers();
  readonly #attached: AttachedPart | undefined;
  #revision = 0;
  #isHolding = false;

  constructor(settings: AgentSettings, log: StandardOutput, attached?: AttachedPart) {
    this.#settings = settings;
    this.#attached = attached;
    this.#log = log;
    this.#sinks = new SinkWriter([log], settings.podName);
    this.#server = new RuntimeServer({
      directory: settings.directory,
      silenceSeconds: settings.gatewayAbsenceSeconds,
      onChange: () => this.#link.statesChanged(),
      onResults: (results, process) => this.#report(results, process),
      onBytes: (bytes) => this.#memory?.received(bytes),
      onRefused: (uids) => this.#refuse(uids),
    });
    this.#link = new GatewayLink({
      url: settings.gateway,
      ca: settings.ca,
      token: () => attached?.token() ?? readFileSync(settings.tokenFile, 'utf8').trim(),
      onCredential: (token) => attached?.onCredential(token),
      onRefused: (message) => attached?.onRefused(message),
      address: settings.gatewayAddress,
      agentID: randomUUID(),
      buffer: this.#buffer,
      states: () => ({
        revision: this.#revision,
        processes: this.#grants.adjust(this.#allProcesses()),
        usage: this.#grants.usage(),
      }),
      onDesired: (revision, probes, grants) => {
        this.#absence.end();
        this.#desire(revision, probes, grants);
      },
      onLost: () => this.#absence.begin(),
      log: (level, message) => {
        this.#log.agent(level, message);
        if (level !== 'Info') attached?.onProblem(message);
      },
      onBytes: (bytes) => this.#memory?.received(bytes),
    });
    const { memoryLimitBytes: limitBytes } = settings;
    if (limitBytes !== undefined) {
      this.#memory = new MemoryWatch({ limitBytes, shed: () => this.#shed(), end: (used) => this.#end(used) });
    }
    const { gatewayAbsenceSeconds: seconds } = settings;
    this.#absence = new GatewayAbsence({ seconds, onTooLong: () => this.#absentFor(seconds) });
  }

  /**
   * Applications may start when this is done; the gateway may come later.
   * @param runtimeSource the directory with the runtime's files, which applications that start take from the volume; unless given there
   * is no volume.
   */
  async start(runtimeSource?: string): Promise<void> {
    const { directory } = this.#settings;
    if (runtimeSource !== undefined) installRuntime(runtimeSource, directory);
    await this.#server.listen();
    if (runtimeSource !== undefined) markReady(directory);
    this.#link.start();
    this.#memory?.start();
    this.#idleGC.disturb();
  }

  /** The processes that are connected. */
  processes(): ProcessStates[] {
    return this.#server.processes();
  }

  /** The attached part has something else to say of its processes. */
  statesChanged(): void {
    this.#link.statesChanged();
  }

  /** Takes every probe out of every process. @returns whether all processes have said that they are rid of them, in time. */
  async takeOut(milliseconds: number): Promise<boolean> {
    this.#desire(OWN_REVISION, [], []);
    const end = performance.now() + milliseconds;
    const isOut = (): boolean => this.#server.processes().every(({ revision }) => revision === OWN_REVISION);
    while (!isOut() && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS));
    }
    return isOut();
  }

  /** Removes every probe from every process and lets the gateway know. */
  async close(): Promise<void> {
    this.#idleGC.end();
    this.#memory?.stop();
    this.#absence.end();
    if (this.#link.connected) {
      this.#grants.close();
      this.#link.statesChanged();
    }
    await this.#link.close();
    await this.#server.close();
  }

  /** At most as many as a frame takes; those that are connected come first. */
  #allProcesses(): ProcessStates[] {
    const connected = this.#server.processes();
    return this.#attached === undefined
      ? connected
      : [...connected, ...this.#attached.unentered()].slice(0, MAX_PROCESSES);
  }

  #desire(revision: number, probes: WireProbe[], grants: Grant[] | undefined): void {
    this.#revision = revision;
    this.#isHolding = probes.length > 0;
    this.#sinks.learn(probes);
    this.#server.setDesired(revision, probes);
    this.#idleGC.disturb();
    this.#deliver(this.#grants.desire(probes, grants));
    this.#attached?.onDesired(revision, probes);
    this.#link.statesChanged();
  }

  /** Removes every probe, since without the gateway nobody knows which are still desired. The gateway sends the whole set when it is back. */
  #absentFor(seconds: number): void {
    this.#attached?.onAbsent(seconds);
    if (!this.#isHolding) return;
    this.#log.agent('Warn', `no gateway for ${seconds} s: every probe leaves this pod's processes until it is back`);
    this.#desire(OWN_REVISION, [], []);
  }

  #shed(): void {
    this.#log.agent('Warn', 'memory is short: what waits for the gateway is cut by half, large senders are cut off');
    this.#buffer.shed();
    this.#server.shed();
    this.#link.resultsAdded();
  }

  /** Ends the agent. Runtimes then remove their probes, and get them again from the agent that the supervisor starts. */
  #end(used: number): void {
    const message = `memory is short (${Math.round(used / 2 ** 20)} MiB)`;
    if (this.#attached !== undefined) {
      this.#attached.onMemoryShort(message);
      return;
    }
    this.#log.agent('Error', `${message}: the agent starts anew`);
    process.exit(MEMORY_EXIT_CODE);
  }

  #refuse(uids: readonly string[]): void {
    for (const uid of uids) this.#buffer.drop(uid);
    this.#link.resultsAdded();
    this.#log.agent('Warn', `${uids.length} results of a process were not of the protocol and are dropped`);
  }

  #report(results: Result[], process: ProcessInfo): void {
    this.#idleGC.disturb();
    this.#numbers.arrived(results);
    this.#deliver(this.#grants.take(results, process));
  }

  #deliver(permitted: readonly Permitted[]): void {
    if (permitted.length === 0) return;
    const numbered = permitted.map(({ result, process }) => ({ result: this.#numbers.next(result), process }));
    this.#buffer.add(numbered.map(({ result }) => result));
    this.#link.resultsAdded();
    this.#sinks.write(numbered);
  }
}
