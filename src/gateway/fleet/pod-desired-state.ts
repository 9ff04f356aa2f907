import { isDeepStrictEqual } from 'node:util';
import type { Grant } from '../../protocol/gateway-messages.ts';
import { fitting, MAX_PROBES, MAX_PROBES_BYTES } from '../../protocol/limits.ts';
import type { WireProbe } from '../../protocol/wire-probe.ts';
import { PodGrants } from './pod-grants.ts';
import { wireTextOf } from './wire-text.ts';

interface DesiredProbe {
  readonly probe: WireProbe;
  /** The pod's revision that brought this form of the probe. */
  readonly revision: number;
  /** Of its JSON. */
  readonly bytes: number;
}

interface Withdrawal {
  /** The pod's revision that took the probe out. */
  readonly revision: number;
  /** Until when the pod may speak of it, milliseconds since 1970. */
  readonly until: number;
}

/** How long results and states of a withdrawn probe may still come: those on the way, and what the agent had not sent yet. */
const IN_FLIGHT_MILLISECONDS = 60_000;
/** The same for an agent that is away and keeps its results; it gets the shorter time when it is back. */
const AWAY_MILLISECONDS = 15 * 60_000;
/** Withdrawn probes that are remembered. */
const MAX_WITHDRAWN = 1000;

/**
 * What one pod shall have: its probes and the revision of the whole set. Revisions only grow, and grow also over a restart
 * of the operator, because none is below the clock (milliseconds since 1970) at the moment of the change.
 */
export class PodDesiredState {
  revision: number;
  readonly grants = new PodGrants();
  readonly #probesByUID = new Map<string, DesiredProbe>();
  #bytes = 0;
  readonly #withdrawn = new Map<string, Withdrawal>();
  /** No set from this revision on has a probe of which nothing is remembered. */
  #without: number;

  constructor(now: number) {
    this.revision = now;
    this.#without = now;
  }

  /** The first set is about to be sent: its number is above those that an operator before this one gave until now. */
  released(now: number): void {
    this.revision = Math.max(this.revision, now);
    this.#without = this.revision;
  }

  get isEmpty(): boolean {
    return this.#probesByUID.size === 0;
  }

  /** Whether the pod may speak of the probe: it has it, or had it until a moment ago. */
  isAssigned(probeUID: string, now: number): boolean {
    return this.#probesByUID.has(probeUID) || now < (this.#withdrawn.get(probeUID)?.until ?? 0);
  }

  /** Whether nothing is desired of the pod, and nothing of what was may still come. */
  isOver(now: number): boolean {
    return this.isEmpty && [...this.#withdrawn.values()].every(({ until }) => until <= now);
  }

  /** The agent is connected again: what it kept while it was away comes soon. */
  returned(now: number): void {
    for (const [uid, { revision, until }] of this.#withdrawn) {
      if (until <= now) this.#forget(uid);
      else this.#withdrawn.set(uid, { revision, until: Math.min(until, now + IN_FLIGHT_MILLISECONDS) });
    }
  }

  /** The pod may have had the probe from an operator before this one. */
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
   * @param isAway the pod's agent is not connected.
   * @returns whether anything changed, and so a new revision exists.
   */
  set(probeUID: string, probe: WireProbe | undefined, now: number, isAway: boolean): boolean {
    const before = this.#probesByUID.get(probeUID);
    if (isDeepStrictEqual(before?.probe, probe)) return false;
    this.revision = Math.max(now, this.revision + 1);
    this.#bytes -= before?.bytes ?? 0;
    if (probe === undefined) {
      this.#probesByUID.delete(probeUID);
      this.expectLate(probeUID, now, isAway);
    } else {
      this.#withdrawn.delete(probeUID);
      const bytes = wireTextOf(probe).bytes + 1;
      this.#probesByUID.set(probeUID, { probe, revision: this.revision, bytes });
      this.#bytes += bytes;
    }
    return true;
  }

  /** @returns whether the probe's grant is another one than before, and so a new revision exists. The probe itself keeps its own. */
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

  has(probeUID: string): boolean {
    return this.#probesByUID.has(probeUID);
  }

  /** The revision that a process must have applied to have this probe in its present form, or to be without it when it is not desired. */
  revisionOf(probeUID: string): number {
    return this.#probesByUID.get(probeUID)?.revision ?? this.#withdrawn.get(probeUID)?.revision ?? this.#without;
  }

  probeUIDs(): string[] {
    return [...this.#probesByUID.keys()];
  }

  /** Probes that were withdrawn a short time ago. */
  withdrawnUIDs(): string[] {
    return [...this.#withdrawn.keys()];
  }

  /** The set as it is sent: those desired first, as many as one frame may hold. */
  probes(): WireProbe[] {
    return [...this.#probesByUID.values()].slice(0, this.#room()).map(({ probe }) => probe);
  }

  /** Those for which the frame has no room; they get in by themselves, in their order, as soon as it has. */
  leftOut(): string[] {
    const room = this.#room();
    return room === this.#probesByUID.size ? [] : this.probeUIDs().slice(room);
  }

  #forget(probeUID: string): void {
    this.#without = Math.max(this.#without, this.#withdrawn.get(probeUID)?.revision ?? 0);
    this.#withdrawn.delete(probeUID);
  }

  /** How many of the desired probes one frame may hold. */
  #room(): number {
    if (this.#probesByUID.size <= MAX_PROBES && this.#bytes <= MAX_PROBES_BYTES) return this.#probesByUID.size;
    const bytes = [...this.#probesByUID.values()].map((desired) => desired.bytes);
    return fitting(bytes, MAX_PROBES, MAX_PROBES_BYTES);
  }
}
