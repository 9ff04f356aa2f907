import type { ProcessStates } from '../../protocol/gateway-messages.ts';
import type { StandardOutput } from '../../sinks/standard-output.ts';
import { Agent, type AttachedPart } from '../agent.ts';
import { removeAgentDirectory } from '../processes/agent-directory.ts';
import type { AgentSettings } from '../settings.ts';
import type { Attachment } from './attachment.ts';
import type { ContainerProcesses } from './container-processes.ts';
import { EndWatch } from './end-watch.ts';
import { Entrances } from './entrances.ts';
import { type Found, NodeProcesses } from './node-processes.ts';
import { seenByTarget } from './own-directory.ts';
import { rememberSignalled, type Termination } from './termination.ts';
import { type Desired, unenteredStates, withoutNode } from './unentered-states.ts';

export interface AttachedAgentOptions {
  /** Those of the agent; its directory is `directory`. */
  readonly settings: AgentSettings;
  readonly attachment: Attachment;
  readonly container: ContainerProcesses;
  /** The runtime's preload in the agent's own file system. */
  readonly preload: string;
  readonly credential: string;
  readonly log: StandardOutput;
  readonly idleMilliseconds?: number;
  readonly enrollMilliseconds?: number;
}

/** A probe may come soon after the last one has gone. */
const IDLE_MILLISECONDS = 30_000;
const ENROLL_MILLISECONDS = 60_000;
/** New processes are looked for this often while there are probes. */
const LOOK_MILLISECONDS = 1_000;
/** How long processes may take to get rid of their probes, after which the end of the connection has them do it. */
const TAKE_OUT_MILLISECONDS = 2_000;

/**
 * An agent that was attached to a container that runs: it enters the processes once a probe is desired in them, and ends when it has no
 * use any more. Nothing of it is left then.
 */
export class AttachedAgent {
  readonly #options: AttachedAgentOptions;
  readonly #agent: Agent;
  readonly #nodes: NodeProcesses;
  readonly #entrances: Entrances;
  readonly #ends: EndWatch;
  readonly #ended = Promise.withResolvers<Termination>();
  #credential: string;
  #desired: Desired = { revision: 0, probes: [] };
  #found: Found = { node: [], isEmpty: false, isUnsettled: true };
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** What was last said of processes that are not entered. */
  #told = '[]';
  #isEnding = false;

  constructor(options: AttachedAgentOptions) {
    const { settings, attachment, container, preload, log } = options;
    this.#options = options;
    this.#credential = options.credential;
    this.#agent = new Agent(settings, log, this.#part());
    this.#nodes = new NodeProcesses(container);
    this.#entrances = new Entrances({
      run: seenByTarget(settings.directory),
      preload: seenByTarget(preload),
      container: attachment.container,
      signalled: attachment.signalled,
      onSignalled: (keys) => rememberSignalled(attachment.terminationLog, keys),
      connected: () => new Set(this.#agent.processes().map(({ process }) => process.pid)),
      log: (level, message) => log.agent(level, message),
    });
    this.#ends = new EndWatch({
      idleMilliseconds: options.idleMilliseconds ?? IDLE_MILLISECONDS,
      enrollMilliseconds: options.enrollMilliseconds ?? ENROLL_MILLISECONDS,
      onEnd: (why) => this.end(why),
    });
  }

  /** Serves until there is nothing to do any more. @returns why it has ended; nothing of it is left then. */
  async run(): Promise<Termination> {
    rememberSignalled(this.#options.attachment.terminationLog, this.#entrances.signalled);
    await this.#entrances.closeLeft(await this.#nodes.look());
    if (this.#entrances.isOpenLeft) this.#lookLater();
    await this.#agent.start();
    this.#ends.start();
    const why = await this.#ended.promise;
    const remark = await this.#leave();
    return { ...why, message: why.message + remark, signalled: this.#entrances.signalled };
  }

  /** Has it end. The first reason counts. */
  end(why: Termination): void {
    this.#isEnding = true;
    this.#ended.resolve(why);
  }

  #part(): AttachedPart {
    return {
      token: () => this.#credential,
      onCredential: (token) => {
        this.#credential = token;
      },
      onRefused: (message) => this.end({ reason: 'CredentialRefused', message, exitCode: 1 }),
      onProblem: (message) => this.#ends.note(message),
      onDesired: (revision, probes) => this.#desire({ revision, probes }),
      onAbsent: (seconds) => {
        this.end({ reason: 'GatewayAbsent', message: `no gateway for ${seconds} s`, exitCode: 0 });
      },
      onMemoryShort: (message) => this.end({ reason: 'MemoryShort', message, exitCode: 1 }),
      unentered: () => this.#unentered(),
    };
  }

  #desire(desired: Desired): void {
    this.#desired = desired;
    if (this.#isEnding) return;
    this.#ends.desired(desired.probes.length);
    if (desired.probes.length > 0) this.#look();
  }

  /** Looks for processes and enters them, and does so again and again while there are probes, or something is left to close. */
  #look(): void {
    if (this.#looking !== undefined) return;
    clearTimeout(this.#timer);
    this.#looking = this.#enterAll()
      .catch((error: unknown) => this.#options.log.agent('Error', `processes cannot be entered: ${String(error)}`))
      .finally(() => {
        this.#looking = undefined;
        if (!this.#isOver() || this.#entrances.isOpenLeft) this.#lookLater();
      });
  }

  #lookLater(): void {
    if (this.#isEnding) return;
    this.#timer = setTimeout(() => this.#look(), LOOK_MILLISECONDS);
  }

  async #enterAll(): Promise<void> {
    this.#found = await this.#nodes.look();
    if (this.#found.isEmpty) {
      this.end({ reason: 'ProcessesGone', message: 'no process of the container is left', exitCode: 0 });
      return;
    }
    // Entering a process closes its inspector too.
    if (this.#isOver() && this.#entrances.isOpenLeft) await this.#entrances.closeLeft(this.#found);
    await this.#entrances.enter(this.#found, () => this.#isOver());
    const unentered = JSON.stringify(this.#unentered());
    if (unentered === this.#told) return;
    this.#told = unentered;
    this.#agent.statesChanged();
  }

  #isOver(): boolean {
    return this.#isEnding || this.#desired.probes.length === 0;
  }

  #unentered(): ProcessStates[] {
    const none = withoutNode(this.#found);
    const refused = none === undefined ? this.#entrances.refused() : [none];
    return unenteredStates(refused, this.#desired, this.#options.attachment.container);
  }

  /** Takes everything out. @returns what is to be added to the last message. */
  async #leave(): Promise<string> {
    this.#ends.stop();
    clearTimeout(this.#timer);
    await this.#looking;
    const isOut = await this.#agent.takeOut(TAKE_OUT_MILLISECONDS);
    // Before the connections end, at which runtimes look whether it is gone.
    removeAgentDirectory(this.#options.settings.directory);
    await this.#agent.close();
    return isOut
      ? ''
      : '; a process has not confirmed that it is rid of its probes, which the end of the connection tells it';
  }
}
