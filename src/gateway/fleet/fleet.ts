import type { AgentToGateway, ProcessStates } from '../../protocol/gateway-messages.ts';
import type { WireProbe } from '../../protocol/wire-probe.ts';
import { AgentRecord } from '../agents/agent-record.ts';
import { type AgentChannel, type AgentSession, UnexpectedFrame } from '../agents/agent-session.ts';
import type { PodIdentity } from '../agents/identity.ts';
import { FleetListeners, type ResultsListener } from './fleet-listeners.ts';
import { LostResults } from './lost-results.ts';
import { OwnProbes, type RefusedReports } from './own-probes.ts';
import { PodDesiredState } from './pod-desired-state.ts';
import type { PodShare } from './pod-grants.ts';
import { AgentView, type PodRecordView } from './pod-view.ts';
import { SharedStates } from './shared-states.ts';
import { changesBetween, type StateChanges } from './state-changes.ts';

export type { PodIdentity } from '../agents/identity.ts';
export type { ResultsListener } from './fleet-listeners.ts';
export type { RefusedReports } from './own-probes.ts';
export type { PodRecordView, PodView, ProcessView } from './pod-view.ts';

export interface FleetOptions {
  readonly now?: () => number;
  readonly onRefused?: (identity: PodIdentity, refusal: RefusedReports) => void;
  /** A listener threw: the fleet goes on. Default: a process warning. */
  readonly onListenerError?: (error: unknown) => void;
}

type StatesFrame = Extract<AgentToGateway, { type: 'states' }>;

/** A UID that no probe has. */
const NONE = '';
const NO_UIDS: ReadonlySet<string> = new Set();

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
  readonly #listeners: FleetListeners;
  readonly #own: OwnProbes;
  readonly #lost = new LostResults();
  readonly #shared = new SharedStates();
  readonly #desiredStates = new Map<string, PodDesiredState>();
  readonly #agents = new Map<string, AgentRecord>();
  readonly #channels = new Map<string, AgentChannel>();
  readonly #podsOfProbe = new Map<string, ReadonlySet<string>>();
  /** By podUID; grows with every change of what can be read of the pod. */
  readonly #versions = new Map<string, number>();
  #version = 0;
  #released = false;
  #lastSweep: number;

  constructor(options: FleetOptions = {}) {
    this.#now = options.now ?? Date.now;
    this.#lastSweep = this.#now();
    this.#listeners = new FleetListeners(options.onListenerError);
    this.#own = new OwnProbes({
      isAssigned: (podUID, probeUID) => this.#isAssigned(podUID, probeUID),
      onRefused: (identity, refusal) => this.#listeners.guard(() => options.onRefused?.(identity, refusal)),
    });
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
    if (plans.size > 0) this.#podsOfProbe.set(probeUID, new Set(plans.keys()));
    else {
      this.#podsOfProbe.delete(probeUID);
      this.#shared.forget(probeUID);
    }
    this.grant(probeUID, grants);
  }

  /** Changes grants only. @param grants as for {@link assign}. */
  grant(probeUID: string, grants: ReadonlyMap<string, number>): void {
    for (const [podUID, results] of grants) {
      const desired = this.#desiredStates.get(podUID);
      const isUrgent = desired?.grants.isUrgent(probeUID, results) === true;
      if (desired?.grant(probeUID, results, this.#now()) !== true) continue;
      this.#changed(podUID);
      if (this.#released) this.#channels.get(podUID)?.desiredChanged(isUrgent);
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
    return agent && new AgentView(agent, this.#desiredOf(podUID), this.#channels.has(podUID));
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
    this.#listeners.ofProbes.push(listener);
  }

  /** Called when the pod's agent connected or disconnected, or what it enforces or its processes changed. */
  onPodChange(listener: (podUID: string) => void): void {
    this.#listeners.ofPods.push(listener);
  }

  /** Called when the first probe is desired of the pod, and when none is any more. */
  onWantedChange(listener: (podUID: string) => void): void {
    this.#listeners.ofWanted.push(listener);
  }

  /** Whether a probe is desired of the pod. */
  isWanted(podUID: string): boolean {
    return this.#desiredStates.get(podUID)?.isEmpty === false;
  }

  /** The containers for which the probes are meant that are desired of the pod; undefined for one that names none. */
  wantedContainers(podUID: string): (string | undefined)[] {
    return [...(this.#desiredStates.get(podUID)?.containers() ?? [])];
  }

  /** Called with new results of probes that the pod has, each exactly once while the operator lives, before they are acknowledged. */
  onResults(listener: ResultsListener): void {
    this.#listeners.ofResults.push(listener);
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
        const before = { processes: agent.processes, sentRevision: agent.sentRevision };
        agent.sentRevision = revision;
        // What the agent reported before it got this set counts from now on.
        const changes = changesBetween(before, agent);
        const { revision: held = Number.NaN } = agent;
        const isCounted = held <= revision && !(held <= (before.sentRevision ?? Number.NEGATIVE_INFINITY));
        if (changes !== undefined || isCounted) this.#changed(podUID);
        if (changes !== undefined) this.#tellOfStates(agent, changes, before.processes);
        const probes = desired.probes(agent.enforces);
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
    const wasWanted = !desired.isEmpty;
    if (!desired.set(probeUID, probe, this.#now(), !this.#channels.has(podUID))) return;
    this.#changed(podUID);
    if (wasWanted === desired.isEmpty) this.#listeners.wantedChanged(podUID);
    this.#tellOfRoom(leftOut, desired.leftOut(), probeUID);
    if (probe === undefined) this.#agents.get(podUID)?.forgetProbe(probeUID);
    if (this.#released) this.#channels.get(podUID)?.desiredChanged();
  }

  /** Notifies of each probe that got a place in the frame, or lost it, because of `cause`. */
  #tellOfRoom(before: readonly string[], after: readonly string[], cause: string): void {
    if (before === after) return;
    const moved = [...before.filter((uid) => !after.includes(uid)), ...after.filter((uid) => !before.includes(uid))];
    for (const uid of moved) if (uid !== cause) this.#listeners.probeChanged(uid);
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
      case 'hello': {
        const { isOther, isOtherEnforcement } = agent.hello(frame);
        if (isOther) this.#desiredStates.get(podUID)?.grants.agentChanged();
        if (isOther || isOtherEnforcement) this.#changed(podUID);
        if (isOtherEnforcement) this.#connectionChanged(podUID);
        if (this.#released) channel.desiredChanged();
        return;
      }
      case 'states':
        this.#receiveStates(agent, this.#own.ofStates(agent, frame));
        return;
      case 'dropped': {
        const probes = this.#own.of(agent, 'drops', frame.probes);
        const changed = agent.drops({ ...frame, probes });
        if (changed.length > 0) this.#changed(podUID);
        for (const uid of changed) this.#listeners.probeChanged(uid);
        return;
      }
      case 'results': {
        const numbered = agent.results(frame);
        this.#own.of(agent, 'results', numbered);
        const results = this.#lost.observe(podUID, numbered, (uid) => this.#isAssigned(podUID, uid));
        if (results.length > 0) {
          this.#listeners.results(agent.identity, results, agent.knownProcesses());
          for (const uid of new Set(results.map((result) => result.uid))) this.#listeners.probeChanged(uid);
        }
        channel.acknowledge({ type: 'acknowledged', through: agent.receivedThrough });
        return;
      }
    }
  }

  #isAssigned(podUID: string, probeUID: string): boolean {
    return this.#desiredStates.get(podUID)?.isAssigned(probeUID, this.#now()) === true;
  }

  #receiveStates(agent: AgentRecord, { revision, processes, usage }: StatesFrame): void {
    const { podUID } = agent.identity;
    const desired = this.#desiredOf(podUID);
    const before = { processes: agent.processes, sentRevision: agent.sentRevision };
    const isSame = agent.revision === revision;
    agent.states(revision, this.#shared.share(processes, before.processes));
    const used = usage && desired.grants.heard(revision, usage, (uid) => desired.uidOf(uid));
    const changes = changesBetween(before, agent);
    if (!isSame || agent.processes !== before.processes || (used?.length ?? 0) > 0) this.#changed(podUID);
    const told = changes === undefined ? NO_UIDS : this.#tellOfStates(agent, changes, before.processes);
    for (const uid of used ?? []) if (!told.has(uid)) this.#listeners.probeChanged(uid);
  }

  /**
   * Notifies of all that has a different value after a change.
   * @param before what the agent had reported before it.
   * @returns the probes for which listeners were called.
   */
  #tellOfStates(agent: AgentRecord, changes: StateChanges, before: readonly ProcessStates[]): ReadonlySet<string> {
    if (changes.isOnlyOfStates) {
      for (const uid of changes.states) this.#listeners.probeChanged(uid);
      return changes.states;
    }
    const { podUID } = agent.identity;
    const desired = this.#desiredOf(podUID);
    // Probes that this pod never had depend on its processes too, and on whether those have applied a set of this operator.
    if (changes.concerns(NONE, desired.revisionOf(NONE))) this.#listeners.podChanged(podUID);
    const uids = new Set<string>();
    for (const { probes } of before) for (const { uid } of probes) uids.add(uid);
    if (agent.processes !== before)
      for (const { probes } of agent.processes) for (const { uid } of probes) uids.add(uid);
    for (const uid of desired.probeUIDs()) uids.add(uid);
    // A withdrawn probe has no states any more: that it is out is known when the last process has applied the set.
    for (const uid of desired.withdrawnUIDs()) uids.add(uid);
    for (const uid of uids) {
      if (changes.concerns(uid, desired.revisionOf(uid))) this.#listeners.probeChanged(uid);
      else uids.delete(uid);
    }
    return uids;
  }

  #connectionChanged(podUID: string): void {
    this.#changed(podUID);
    this.#listeners.podChanged(podUID);
    for (const uid of this.#desiredStates.get(podUID)?.probeUIDs() ?? []) this.#listeners.probeChanged(uid);
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
}
