import { isDeepStrictEqual } from 'node:util';
import type { Grant } from '../../protocol/gateway-messages.ts';
import { fitting, MAX_PROBES, MAX_PROBES_BYTES } from '../../protocol/limits.ts';
import { type Enforcement, lackingFor } from '../../protocol/needed-enforcement.ts';
import type { WireProbe } from '../../protocol/wire-probe.ts';
import { PodGrants } from './pod-grants.ts';
import { wireTextOf } from './wire-text.ts';

interface DesiredProbe {
  readonly probe: WireProbe;
  /** The pod's revision that brought this form of the probe. */
  readonly revision: number;
}

interface Withdrawal {
  /** The pod's revision that took the probe out. */
  readonly revision: number;
  /** Until when results and states of it are accepted, milliseconds since 1970. */
  readonly until: number;
}

/** How long results and states of a withdrawn probe are still accepted, as the agent may not have sent them yet. */
const IN_FLIGHT_MILLISECONDS = 60_000;
/** The same for an agent that is not connected and keeps its results; once it is back, the shorter time counts. */
const AWAY_MILLISECONDS = 15 * 60_000;
/** Withdrawn probes that are remembered. */
const MAX_WITHDRAWN = 1000;

const NO_UIDS: readonly string[] = [];

/**
 * What is desired of one pod: its probes and the revision of the whole set. Revisions only grow, also over a restart
 * of the operator, because none is below the time of the change (milliseconds since 1970).
 */
export class PodDesiredState {
  revision: number;
  readonly grants = new PodGrants();
  readonly #probesByUID = new Map<string, DesiredProbe>();
  #bytes = 0;
  readonly #withdrawn = new Map<string, Withdrawal>();
  /** Sets from this revision on have no probe that is neither desired nor remembered as withdrawn. */
  #without: number;

  constructor(now: number) {
    this.revision = now;
    this.#without = now;
  }

  /** Called before the first set is sent: raises its revision above those that an earlier operator gave until now. */
  released(now: number): void {
    this.revision = Math.max(this.revision, now);
    this.#without = this.revision;
  }

  get isEmpty(): boolean {
    return this.#probesByUID.size === 0;
  }

  /** Whether states and results of the probe are accepted: the pod has it, or had it until a short time ago. */
  isAssigned(probeUID: string, now: number): boolean {
    return this.#probesByUID.has(probeUID) || now < (this.#withdrawn.get(probeUID)?.until ?? 0);
  }

  /** Whether nothing is desired of the pod, and results of withdrawn probes are not expected any more. */
  isOver(now: number): boolean {
    return this.isEmpty && [...this.#withdrawn.values()].every(({ until }) => until <= now);
  }

  /** The agent is connected again: results that it kept come soon, so the shorter time counts from now. */
  returned(now: number): void {
    for (const [uid, { revision, until }] of this.#withdrawn) {
      if (until <= now) this.#forget(uid);
      else this.#withdrawn.set(uid, { revision, until: Math.min(until, now + IN_FLIGHT_MILLISECONDS) });
    }
  }

  /** Accepts results of the probe for a while: the pod has had it until now, or may have had it from an earlier operator. */
  expectLate(probeUID: string, now: number, isAway: boolean): void {
    this.#withdrawn.delete(probeUID);
    const until = now + (isAway ? AWAY_MILLISECONDS : IN_FLIGHT_MILLISECONDS);
    this.#withdrawn.set(probeUID, { revision: this.revision, until });
    for (const uid of this.#withdrawn.keys()) {
      if (this.#withdrawn.size <= MAX_WITHDRAWN) return;
      this.#forget(uid);
    }
  }

  /**
   * Sets the desired form of a probe; undefined withdraws it.
   * @param isAway the pod's agent is not connected.
   * @returns whether anything changed, and so a new revision exists.
   */
  set(probeUID: string, probe: WireProbe | undefined, now: number, isAway: boolean): boolean {
    const before = this.#probesByUID.get(probeUID);
    if (before?.probe === probe || isDeepStrictEqual(before?.probe, probe)) return false;
    this.revision = Math.max(now, this.revision + 1);
    this.#bytes -= before === undefined ? 0 : bytesOf(before);
    if (probe === undefined) {
      this.#probesByUID.delete(probeUID);
      this.expectLate(probeUID, now, isAway);
    } else {
      this.#withdrawn.delete(probeUID);
      const desired = { probe, revision: this.revision };
      this.#probesByUID.set(probeUID, desired);
      this.#bytes += bytesOf(desired);
    }
    return true;
  }

  /** @returns whether the grant changed, and so a new revision of the set exists. The revision of the probe stays. */
  grant(probeUID: string, results: number, now: number): boolean {
    const probe = this.#probesByUID.get(probeUID)?.probe;
    if (probe === undefined) return false;
    const revision = Math.max(now, this.revision + 1);
    if (!this.grants.set(probeUID, probe.generation, results, revision)) return false;
    this.revision = revision;
    return true;
  }

  /** Grants of the probes that are sent. */
  grantsOf(probes: readonly WireProbe[]): Grant[] {
    return this.grants.of(probes);
  }

  /** The UID of a desired probe as it is kept for all pods, so that no pod keeps a copy of its own; undefined when it is not desired. */
  uidOf(probeUID: string): string | undefined {
    return this.#probesByUID.get(probeUID)?.probe.uid;
  }

  /** The revision that a process must have applied to have this probe in its present form, or to be without it when it is not desired. */
  revisionOf(probeUID: string): number {
    return this.#probesByUID.get(probeUID)?.revision ?? this.#withdrawn.get(probeUID)?.revision ?? this.#without;
  }

  probeUIDs(): Iterable<string> {
    return this.#probesByUID.keys();
  }

  /** The containers for which the desired probes are meant; undefined for one that names none. */
  containers(): Set<string | undefined> {
    return new Set(Array.from(this.#probesByUID.values(), ({ probe }) => probe.containerName));
  }

  /** Probes that were withdrawn a short time ago. */
  withdrawnUIDs(): Iterable<string> {
    return this.#withdrawn.keys();
  }

  /**
   * The probes that are sent: in the order in which they were desired, as many as one frame may hold. None that needs more than the agent
   * enforces, as whoever desires them may not know yet which agent it is.
   */
  probes(enforces: readonly Enforcement[]): WireProbe[] {
    const fit = Array.from(this.#probesByUID.values(), ({ probe }) => probe).slice(0, this.#room());
    return fit.filter((probe) => lackingFor(probe, enforces).length === 0);
  }

  /** UIDs of desired probes for which the frame has no room; as soon as it has, they are sent, in their order. */
  leftOut(): readonly string[] {
    const room = this.#room();
    return room === this.#probesByUID.size ? NO_UIDS : [...this.#probesByUID.keys()].slice(room);
  }

  #forget(probeUID: string): void {
    this.#without = Math.max(this.#without, this.#withdrawn.get(probeUID)?.revision ?? 0);
    this.#withdrawn.delete(probeUID);
  }

  /** How many of the desired probes one frame may hold. */
  #room(): number {
    if (this.#probesByUID.size <= MAX_PROBES && this.#bytes <= MAX_PROBES_BYTES) return this.#probesByUID.size;
    const bytes = [...this.#probesByUID.values()].map(bytesOf);
    return fitting(bytes, MAX_PROBES, MAX_PROBES_BYTES);
  }
}

/** What the probe takes of a frame, its comma included. */
function bytesOf({ probe }: DesiredProbe): number {
  return wireTextOf(probe).bytes + 1;
}
