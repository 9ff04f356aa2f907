import type { Grant, ProcessStates, Usage } from '../../protocol/gateway-messages.ts';
import { MAX_PROBES } from '../../protocol/limits.ts';
import { redactionHash } from '../../protocol/redaction-hash.ts';
import type { Result } from '../../protocol/result.ts';
import type { ProbeState, ProcessInfo } from '../../protocol/state.ts';
import type { WireProbe } from '../../protocol/wire-probe.ts';

/** A result that may be reported, and the process that it comes from. */
export interface Permitted {
  readonly result: Result;
  readonly process: ProcessInfo;
}

interface Share {
  readonly uid: string;
  readonly generation: number;
  isDesired: boolean;
  /** Name of the rules of redaction that are to be in force: results of other ones are reported nowhere. */
  redactionHash: string | undefined;
  /** Undefined as long as the gateway grants nothing by number. */
  granted: number | undefined;
  used: number;
  /** When `used` reaches this, a larger grant is asked for. */
  mark: number;
  held: (Permitted & { readonly bytes: number })[];
}

/** Hits that a process counted and whose results were not reported, by why. */
interface Withheld {
  held: number;
  /** Dropped because the limit over all pods was reached. */
  limit: number;
  /** Dropped because too many waited already. */
  full: number;
  /** Dropped because they were made under other rules of redaction. */
  otherRules: number;
}

/** Results of one probe that wait for a grant, and bytes of all that wait. */
const MAX_HELD = 100;
const MAX_HELD_BYTES = 4 * 1024 * 1024;
/** Probes whose counts are kept, desired or not: a withdrawn one may come back. */
const MAX_SHARES = 500;
const MAX_WITHHELD = 5000;

/**
 * Keeps the pod within its part of each probe's limit, over all its processes and threads, before anything is written anywhere: what
 * is beyond waits for a larger grant, and is dropped and counted when the probe is withdrawn because the limit is reached.
 */
export class Grants {
  readonly #shares = new Map<string, Share>();
  readonly #withheld = new Map<string, Withheld>();
  readonly #onNeed: () => void;
  #heldBytes = 0;

  /** @param onNeed the gateway should know of the usage now. */
  constructor(onNeed: () => void) {
    this.#onNeed = onNeed;
  }

  /** Takes over the desired set and its grants. @returns results that waited and may be reported now. */
  desire(probes: readonly WireProbe[], grants: readonly Grant[] | undefined): Permitted[] {
    for (const share of this.#shares.values()) share.isDesired = false;
    for (const { uid, generation, redaction } of probes) {
      const share = this.#shares.get(keyOf(uid, generation)) ?? newShare(uid, generation);
      share.redactionHash = redactionHash(redaction);
      this.#forgetOtherRules(share);
      // Deleted first, so that what was desired longest ago is the first to be forgotten.
      this.#shares.delete(keyOf(uid, generation));
      this.#shares.set(keyOf(uid, generation), share);
      share.isDesired = true;
      share.granted = grants === undefined ? undefined : (share.granted ?? share.used);
    }
    for (const { uid, generation, results } of grants ?? []) {
      const share = this.#shares.get(keyOf(uid, generation));
      if (share === undefined) continue;
      share.granted = Math.max(share.used, results);
      share.mark = share.used + Math.ceil((share.granted - share.used) / 2);
    }
    const permitted = [...this.#shares.values()].flatMap((share) => this.#release(share));
    this.#forget();
    return permitted;
  }

  /** Takes results of a process. @returns those that may be reported now; the others wait or are dropped. */
  take(results: readonly Result[], process: ProcessInfo): Permitted[] {
    const permitted: Permitted[] = [];
    for (const result of results) {
      const share = this.#shares.get(keyOf(result.uid, result.generation));
      if (share === undefined) {
        // This agent never had the probe, so its name is not known and it has no grant.
        this.#withheldOf(result, process).full += 1;
      } else if (result.redactionHash !== share.redactionHash) {
        this.#withheldOf(result, process).otherRules += 1;
      } else if (share.granted === undefined || share.used < share.granted) {
        permitted.push({ result, process });
        this.#count(share);
      } else {
        this.#hold(share, result, process);
      }
    }
    return permitted;
  }

  /** Use of the grants of at most {@link MAX_PROBES} probes, desired ones first. */
  usage(): Usage[] {
    return [...this.#shares.values()]
      .filter(({ granted }) => granted !== undefined)
      .sort((a, b) => Number(b.isDesired) - Number(a.isDesired))
      .slice(0, MAX_PROBES)
      .map(({ uid, generation, granted = 0, used, held }) => ({ uid, generation, granted, used, held: held.length }));
  }

  /** The states without withheld results among their hits: those that were dropped count as drops, those that wait not yet at all. */
  adjust(processes: readonly ProcessStates[]): ProcessStates[] {
    if (this.#withheld.size === 0) return [...processes];
    return processes.map((one) => ({
      ...one,
      probes: one.probes.map((state) => adjusted(state, this.#withheld.get(withheldKey(one.process, state)))),
    }));
  }

  /** Gives up what is left of the grants, so that other pods can have it. Nothing more is reported afterwards. */
  close(): void {
    for (const share of this.#shares.values()) {
      if (share.granted !== undefined) share.granted = share.used;
    }
  }

  #count(share: Share): void {
    share.used += 1;
    if (share.granted !== undefined && share.used === share.mark) this.#onNeed();
  }

  #hold(share: Share, result: Result, process: ProcessInfo): void {
    const withheld = this.#withheldOf(result, process);
    const bytes = JSON.stringify(result).length;
    if (!share.isDesired) {
      withheld.limit += 1;
    } else if (share.held.length >= MAX_HELD || this.#heldBytes + bytes > MAX_HELD_BYTES) {
      withheld.full += 1;
    } else {
      withheld.held += 1;
      share.held.push({ result, process, bytes });
      this.#heldBytes += bytes;
      this.#onNeed();
    }
  }

  #release(share: Share): Permitted[] {
    const { held, granted } = share;
    if (held.length === 0) return [];
    const room = granted === undefined ? held.length : Math.max(0, granted - share.used);
    const permitted = held.slice(0, room);
    share.held = share.isDesired ? held.slice(room) : [];
    for (const { result, process, bytes } of permitted) {
      this.#count(share);
      this.#withheldOf(result, process).held -= 1;
      this.#heldBytes -= bytes;
    }
    // A withdrawn probe gets no larger grant any more.
    for (const { result, process, bytes } of share.isDesired ? [] : held.slice(room)) {
      const withheld = this.#withheldOf(result, process);
      withheld.held -= 1;
      withheld.limit += 1;
      this.#heldBytes -= bytes;
    }
    return permitted;
  }

  #forgetOtherRules(share: Share): void {
    const isOther = ({ result }: Permitted) => result.redactionHash !== share.redactionHash;
    for (const { result, process, bytes } of share.held.filter(isOther)) {
      const withheld = this.#withheldOf(result, process);
      withheld.held -= 1;
      withheld.otherRules += 1;
      this.#heldBytes -= bytes;
    }
    share.held = share.held.filter((one) => !isOther(one));
  }

  #withheldOf(result: Result, process: ProcessInfo): Withheld {
    const key = withheldKey(process, result);
    const withheld = this.#withheld.get(key) ?? { held: 0, limit: 0, full: 0, otherRules: 0 };
    this.#withheld.set(key, withheld);
    return withheld;
  }

  #forget(): void {
    for (const [key, { isDesired }] of this.#shares) {
      if (this.#shares.size <= MAX_SHARES) break;
      if (!isDesired) this.#shares.delete(key);
    }
    for (const [key, { held }] of this.#withheld) {
      if (this.#withheld.size <= MAX_WITHHELD) break;
      if (held === 0) this.#withheld.delete(key);
    }
  }
}

function newShare(uid: string, generation: number): Share {
  return { uid, generation, isDesired: true, redactionHash: undefined, granted: undefined, used: 0, mark: 0, held: [] };
}

function adjusted(state: ProbeState, withheld: Withheld | undefined): ProbeState {
  if (withheld === undefined) return state;
  const { held, limit, full, otherRules } = withheld;
  const dropped = new Map(state.dropped.map(({ reason, count }) => [reason, count]));
  if (limit > 0) dropped.set('HitLimitReached', (dropped.get('HitLimitReached') ?? 0) + limit);
  if (full > 0) dropped.set('BufferFull', (dropped.get('BufferFull') ?? 0) + full);
  if (otherRules > 0) dropped.set('RedactionChanged', (dropped.get('RedactionChanged') ?? 0) + otherRules);
  return {
    ...state,
    hits: Math.max(0, state.hits - held - limit - full - otherRules),
    dropped: [...dropped].map(([reason, count]) => ({ reason, count })).slice(0, 16),
  };
}

function keyOf(uid: string, generation: number): string {
  return `${uid} ${generation}`;
}

function withheldKey({ instanceID }: ProcessInfo, { uid, generation }: { uid: string; generation: number }): string {
  return `${instanceID} ${keyOf(uid, generation)}`;
}
