import { isDeepStrictEqual } from 'node:util';
import type { RenderedStatus } from '../status.ts';

/** Shortest time between two status writes of one object. */
export const WRITE_INTERVAL_MS = 2000;
/** Cost grows with every evaluated hit, also where nothing happens that anybody wants to know at once. */
export const COST_INTERVAL_MS = 60_000;
/** How long the first write of a generation waits for the agents' answers and first results, to have them in it. */
export const FIRST_WRITE_HOLD_MS = 400;

/** How long agents have to come back after a restart of the operator before their absence is written into status. */
export const SETTLE_MS = 10_000;

export type GateDecision =
  | { readonly write: true }
  /** Nothing to write; or nothing before `afterMs` have passed. */
  | { readonly write: false; readonly afterMs?: number };

export interface GateInput {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly lastWriteTime: number | undefined;
  /** When this generation was first seen. */
  readonly firstSeenTime: number;
  /** Until when agents may still be on their way back to an operator that has just started. */
  readonly settledTime: number;
  readonly base: RenderedStatus | undefined;
  readonly rendered: RenderedStatus;
  /** Agents are connected that have not answered, or have answered but not reported anything yet. */
  readonly isExpectingNews: boolean;
  /** Agents of pods that have the probe are away, or have not said yet what they hold. */
  readonly isAwaitingAgents: boolean;
}

/**
 * Whether a rendered status is to be written now: never one that is there already; at most one in two seconds; the first one of a
 * generation so late that it says whether the probe is armed, because the next would come only two seconds later; and one that an earlier
 * operator wrote stands until its agents have had time to come back.
 */
export function decideWrite(input: GateInput): GateDecision {
  const { now, lastWriteTime, base, rendered } = input;
  if (isDeepStrictEqual(base, rendered)) return { write: false };
  const interval = isCostOnly(base, rendered) ? COST_INTERVAL_MS : WRITE_INTERVAL_MS;
  const isNew = base?.observedGeneration !== rendered.observedGeneration;
  const at = Math.max(
    (lastWriteTime ?? 0) + interval,
    isNew && input.isExpectingNews ? input.firstSeenTime + FIRST_WRITE_HOLD_MS : 0,
    !isNew && input.isAwaitingAgents ? input.settledTime : 0,
  );
  return now >= at ? { write: true } : { write: false, afterMs: at - now };
}

function isCostOnly(base: RenderedStatus | undefined, rendered: RenderedStatus): boolean {
  if (base?.cost === undefined) return false;
  return isDeepStrictEqual({ ...base, cost: null }, { ...rendered, cost: null });
}
