import type { AgentToGateway } from '../../protocol/gateway-messages.ts';
import type { Result } from '../../protocol/result.ts';
import type { ProcessInfo } from '../../protocol/state.ts';
import type { WireProbe } from '../../protocol/wire-probe.ts';
import { AgentRecord } from '../agents/agent-record.ts';
import { type AgentChannel, type AgentSession, UnexpectedFrame } from '../agents/agent-session.ts';
import type { PodIdentity } from '../agents/identity.ts';
import { LostResults } from './lost-results.ts';
import { OwnProbes, type RefusedReports } from './own-probes.ts';
import { PodDesiredState } from './pod-desired-state.ts';
import type { PodShare } from './pod-grants.ts';
import { type PodRecordView, viewOf } from './pod-view.ts';
import { StatesBefore } from './state-changes.ts';

export type { PodIdentity } from '../agents/identity.ts';
export type { RefusedReports } from './own-probes.ts';
export type { PodRecordView, PodView, ProcessView } from './pod-view.ts';

export type ResultsListener = (
  identity: PodIdentity,
  results: Result[],
  /** By instanceID; also processes that have ended since. */
  processes: ReadonlyMap<string, ProcessInfo>,
) => void;

export interface FleetOptions {
  readonly now?: () => number;
  readonly onRefused?: (identity: PodIdentity, refusal: RefusedReports) => void;
  /** A listener threw: the fleet goes on. Default: a process warning. */
  readonly onListenerError?: (error: unknown) => void;
}

type StatesFrame = Extract<AgentToGateway, { type: 'states' }>;

/** A UID that no probe has. */
const NONE = '';

/** How long an agent is remembered after it disconnected, when nothing is desired of its pod. */
const REMEMBER_MILLISECONDS = 15 * 60_000;
/** Shortest time between two searches for agents to forget, also when thousands disconnect at once. */
const SWEEP_MILLISECONDS = 60_000;

/**
 * What the operator knows of all agents, and what is desired of them; in memory, without any transport. Controllers write desired sets
 * with {@link assign} and read what became of them; transports (see server.ts) open a session per connection.
 */
export class Fleet {
  readonly #now: () => number;
  readonly #onListenerError: (error: unknown) => void;
  readonly #own: OwnProbes;
  readonly #lost = new LostResults();
  readonly #desiredStates = new Map<string, PodDesiredState>();
  readonly #agents = new Map<string, AgentRecord>();
  readonly #channels = new Map<string, AgentChannel>();
  readonly #podsOfProbe = new Map<string, ReadonlySet<string>>();
  /** By podUID; grows with every change of what can be read of the pod. */
  readonly #versions = new Map<string, number>();
  #version = 0;
  readonly #probeListeners: ((probeUID: string) => void)[] = [];
  readonly #podListeners: ((podUID: string) => void)[] = [];
  readonly #resultsListeners: ResultsListener[] = [];
  #released = false;
  #lastSweep: number;

  constructor(options: FleetOptions = {}) {
    this.#now = options.now ?? Date.now;
    this.#lastSweep = this.#now();
    this.#own = new OwnProbes({
      isAssigned: (podUID, probeUID) => this.#isAssigned(podUID, probeUID),
      onRefused: (identity, refusal) => this.#guard(() => options.onRefused?.(identity, refusal)),
    });
    this.#onListenerError = options.onListenerError ?? ((error) => process.emitWarning(asError(error)));
  }

  /**
   * All that is desired of one probe by podUID; empty when it is withdrawn. Include pods whose agent is not connected: a probe that
   * is not desired meanwhile would be disarmed when the agent returns. Does nothing when nothing changed.
   * @param grants how many results the pod may report, by podUID; a pod that is not named keeps what it has.
   */
  assign(
    probeUID: string,
    plans: ReadonlyMap<string, WireProbe>,
    grants: ReadonlyMap<string, number> = new Map(),
  ): void {
    const before = this.#podsOfProbe.get(probeUID) ?? new Set<string>();
    for (const podUID of before) {
      if (!plans.has(podUID)) this.#setDesired(podUID, probeUID, undefined);
    }
    for (const [podUID, probe] of plans) this.#setDesired(podUID, probeUID, probe);
    if (plans.size === 0) this.#podsOfProbe.delete(probeUID);
    else this.#podsOfProbe.set(probeUID, new Set(plans.keys()));
    this.grant(probeUID, grants);
  }

  /** Changes grants only. @param grants as for {@link assign}. */
  grant(probeUID: string, grants: ReadonlyMap<string, number>): void {
    for (const [podUID, results] of grants) {
      if (this.#desiredStates.get(podUID)?.grant(probeUID, results, this.#now()) !== true) continue;
      this.#changed(podUID);
      if (this.#released) this.#channels.get(podUID)?.desiredChanged();
    }
    this.#forgetLongGone();
  }

  /**
   * To be called before {@link release} for a probe that is over: these pods may have had it from an earlier operator, so
   * their agents may hold results of it that were never acknowledged.
   */
  expectLate(probeUID: string, podUIDs: Iterable<string>): void {
    for (const podUID of podUIDs) {
      this.#desiredOf(podUID).expectLate(probeUID, this.#now(), !this.#channels.has(podUID));
      this.#changed(podUID);
    }
  }

  /** Withdraws the probe for good: what was counted for it is forgotten. */
  forget(probeUID: string): void {
    this.assign(probeUID, new Map());
    this.#lost.forgetProbe(probeUID);
  }

  /** Whether the probe is desired in the pod and not sent, as the pod has too many. It is sent as soon as others are withdrawn. */
  isLeftOut(podUID: string, probeUID: string): boolean {
    return this.#desiredStates.get(podUID)?.leftOut().includes(probeUID) === true;
  }

  /** Begins to send desired sets. Not before, so that a restarted operator disarms nothing until it knows every probe. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    for (const [podUID, desired] of this.#desiredStates) {
      desired.released(this.#now());
      this.#changed(podUID);
    }
    for (const channel of this.#channels.values()) channel.desiredChanged();
  }

  /** Undefined when the pod's agent has not connected since the operator started. */
  pod(podUID: string): PodRecordView | undefined {
    const agent = this.#agents.get(podUID);
    return agent && viewOf(agent, this.#desiredOf(podUID), this.#channels.has(podUID));
  }

  /**
   * Changes whenever anything that {@link pod}, {@link share}, {@link agentDropped} or {@link isLeftOut} say of the pod changes, so that
   * who has read them need not read them again; 0 while nothing is known of the pod.
   */
  versionOf(podUID: string): number {
    return this.#versions.get(podUID) ?? 0;
  }

  /** The pod's use of its part of the probe's limit; undefined when nothing was granted and its agent has reported no usage. */
  share(podUID: string, probeUID: string, generation: number): PodShare | undefined {
    return this.#desiredStates.get(podUID)?.grants.share(probeUID, generation);
  }

  /** Results of the probe that the pod's agents dropped from their own buffer, counted since the operator started. */
  agentDropped(podUID: string, probeUID: string): number {
    return this.#agents.get(podUID)?.droppedOf(probeUID) ?? 0;
  }

  /** Results of the probe that never arrived, counted since the operator started. */
  lostResults(probeUID: string): number {
    return this.#lost.lostOf(probeUID, (podUID, uid) => this.agentDropped(podUID, uid));
  }

  /** Called when states or results of the probe, its room in a pod, or the connection of a pod that it is assigned to changed. */
  onProbeChange(listener: (probeUID: string) => void): void {
    this.#probeListeners.push(listener);
  }

  /** Called when the pod's agent connected or disconnected, or its processes changed. */
  onPodChange(listener: (podUID: string) => void): void {
    this.#podListeners.push(listener);
  }

  /** Called with new results of probes that the pod has, each exactly once while the operator lives, before they are acknowledged. */
  onResults(listener: ResultsListener): void {
    this.#resultsListeners.push(listener);
  }

  /** Agents that are connected now. */
  connected(): number {
    return this.#channels.size;
  }

  /** Opens the session of an authenticated connection; it takes the place of an older one of the same pod. */
  connect(identity: PodIdentity, channel: AgentChannel): AgentSession {
    const { podUID } = identity;
    this.#channels.get(podUID)?.replaced();
    const agent = this.#agents.get(podUID) ?? new AgentRecord(identity);
    agent.reconnected(this.#now());
    this.#agents.set(podUID, agent);
    this.#channels.set(podUID, channel);
    this.#desiredOf(podUID).returned(this.#now());
    this.#connectionChanged(podUID);
    const isCurrent = () => this.#channels.get(podUID) === channel;
    let greeted = false;
    const heard = () => {
      agent.heardAt = this.#now();
      if (!agent.isSilent) return;
      agent.isSilent = false;
      this.#connectionChanged(podUID);
    };
    return {
      heard: () => {
        if (isCurrent()) heard();
      },
      silent: () => {
        if (!isCurrent() || agent.isSilent) return;
        agent.isSilent = true;
        this.#connectionChanged(podUID);
      },
      receive: (frame) => {
        if (!isCurrent()) return;
        heard();
        if ((frame.type === 'hello') === greeted) {
          throw new UnexpectedFrame(greeted ? 'A second hello.' : `The first frame must be hello, not ${frame.type}.`);
        }
        greeted = true;
        this.#receive(agent, channel, frame);
      },
      desired: () => {
        // Before its hello it is not known whether it is the same agent, which has used part of its grants.
        if (!this.#released || !isCurrent() || !greeted) return undefined;
        const desired = this.#desiredOf(podUID);
        const { revision } = desired;
        // States that the agent sent before it got this set count from now on.
        this.#changing(agent, [], () => {
          agent.sentRevision = revision;
        });
        const probes = desired.probes();
        return { type: 'desired', revision, probes, grants: desired.grantsOf(probes) };
      },
      end: () => {
        if (!isCurrent()) return;
        this.#channels.delete(podUID);
        agent.disconnectedAt = this.#now();
        this.#connectionChanged(podUID);
        this.#forgetLongGone();
      },
    };
  }

  #setDesired(podUID: string, probeUID: string, probe: WireProbe | undefined): void {
    const desired = this.#desiredOf(podUID);
    const leftOut = desired.leftOut();
    if (!desired.set(probeUID, probe, this.#now(), !this.#channels.has(podUID))) return;
    this.#changed(podUID);
    this.#tellOfRoom(leftOut, desired.leftOut(), probeUID);
    if (probe === undefined) this.#agents.get(podUID)?.forgetProbe(probeUID);
    if (this.#released) this.#channels.get(podUID)?.desiredChanged();
  }

  /** Notifies of each probe that got a place in the frame, or lost it, because of `cause`. */
  #tellOfRoom(before: readonly string[], after: readonly string[], cause: string): void {
    const moved = [...before.filter((uid) => !after.includes(uid)), ...after.filter((uid) => !before.includes(uid))];
    for (const uid of moved) if (uid !== cause) this.#tell(this.#probeListeners, uid);
  }

  /** The pod's desired state, made if there is none. It is kept as long as the agent is known, so that its revisions go on growing. */
  #desiredOf(podUID: string): PodDesiredState {
    const desired = this.#desiredStates.get(podUID) ?? new PodDesiredState(this.#now());
    this.#desiredStates.set(podUID, desired);
    return desired;
  }

  #changed(podUID: string): void {
    this.#version += 1;
    this.#versions.set(podUID, this.#version);
  }

  #receive(agent: AgentRecord, channel: AgentChannel, frame: AgentToGateway): void {
    const { podUID } = agent.identity;
    switch (frame.type) {
      case 'hello':
        if (agent.hello(frame.agentID)) this.#desiredStates.get(podUID)?.grants.agentChanged();
        this.#changed(podUID);
        if (this.#released) channel.desiredChanged();
        return;
      case 'states':
        this.#receiveStates(agent, this.#own.ofStates(agent, frame));
        return;
      case 'dropped': {
        const probes = this.#own.of(agent, 'drops', frame.probes);
        const changed = agent.drops({ ...frame, probes });
        this.#changed(podUID);
        for (const uid of changed) this.#tell(this.#probeListeners, uid);
        return;
      }
      case 'results': {
        const numbered = agent.results(frame);
        this.#own.of(agent, 'results', numbered);
        const results = this.#lost.observe(podUID, numbered, (uid) => this.#isAssigned(podUID, uid));
        if (results.length > 0) {
          for (const listener of this.#resultsListeners) {
            this.#guard(() => listener(agent.identity, results, agent.knownProcesses()));
          }
          for (const uid of new Set(results.map((result) => result.uid))) this.#tell(this.#probeListeners, uid);
        }
        channel.acknowledge({ type: 'acknowledged', through: agent.receivedThrough });
        return;
      }
    }
  }

  #isAssigned(podUID: string, probeUID: string): boolean {
    return this.#desiredStates.get(podUID)?.isAssigned(probeUID, this.#now()) === true;
  }

  #receiveStates(agent: AgentRecord, frame: StatesFrame): void {
    const desired = this.#desiredOf(agent.identity.podUID);
    const statedNow = frame.processes.flatMap(({ probes }) => probes.map(({ uid }) => uid));
    const used = new Map(frame.usage?.map(({ uid, granted, used, held }) => [uid, `${granted} ${used} ${held}`]));
    const told = this.#changing(agent, statedNow, () => {
      agent.states(frame);
      if (frame.usage !== undefined) desired.grants.heard(frame.revision, frame.usage, (uid) => desired.has(uid));
    });
    const before = agent.used;
    agent.used = used;
    for (const uid of new Set([...before.keys(), ...used.keys()])) {
      if (!told.has(uid) && used.get(uid) !== before.get(uid)) this.#tell(this.#probeListeners, uid);
    }
  }

  /**
   * Makes a change to what is known of an agent, and notifies of all that has a different value afterwards.
   * @param alsoUIDs probes whose states the change may add.
   * @returns the probes for which listeners were called.
   */
  #changing(agent: AgentRecord, alsoUIDs: readonly string[], change: () => void): Set<string> {
    const { podUID } = agent.identity;
    const desired = this.#desiredOf(podUID);
    const statedBefore = agent.processes;
    const before = new StatesBefore(agent);
    change();
    this.#changed(podUID);
    const changes = before.compare(agent);
    const told = new Set<string>();
    if (!changes.isAny) return told;
    // Probes that this pod never had depend on its processes too, and on whether those have applied a set of this operator.
    if (changes.concerns(NONE, desired.revisionOf(NONE))) this.#tell(this.#podListeners, podUID);
    const stated = statedBefore.flatMap(({ probes }) => probes.map(({ uid }) => uid));
    // A withdrawn probe has no states any more: that it is out is known when the last process has applied the set.
    for (const uid of new Set([...stated, ...alsoUIDs, ...desired.probeUIDs(), ...desired.withdrawnUIDs()])) {
      if (!changes.concerns(uid, desired.revisionOf(uid))) continue;
      told.add(uid);
      this.#tell(this.#probeListeners, uid);
    }
    return told;
  }

  #connectionChanged(podUID: string): void {
    this.#changed(podUID);
    this.#tell(this.#podListeners, podUID);
    for (const uid of this.#desiredStates.get(podUID)?.probeUIDs() ?? []) this.#tell(this.#probeListeners, uid);
  }

  #forgetLongGone(): void {
    const now = this.#now();
    if (now < this.#lastSweep + SWEEP_MILLISECONDS) return;
    this.#lastSweep = now;
    const oldest = now - REMEMBER_MILLISECONDS;
    for (const [podUID, agent] of this.#agents) {
      if (agent.disconnectedAt === undefined || agent.disconnectedAt > oldest) continue;
      if (this.#desiredStates.get(podUID)?.isEmpty === false) continue;
      this.#agents.delete(podUID);
      this.#desiredStates.delete(podUID);
      this.#lost.forgetPod(podUID);
      this.#versions.delete(podUID);
    }
    for (const [podUID, desired] of this.#desiredStates) {
      if (this.#agents.has(podUID) || !desired.isOver(now)) continue;
      this.#desiredStates.delete(podUID);
      this.#versions.delete(podUID);
    }
  }

  #tell(listeners: readonly ((uid: string) => void)[], uid: string): void {
    for (const listener of listeners) this.#guard(() => listener(uid));
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#onListenerError(error);
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
