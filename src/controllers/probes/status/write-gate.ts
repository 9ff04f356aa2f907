import { isDeepStrictEqual } from 'node:util';
import { conditionOf } from '../../../api/conditions.ts';
import type { RenderedStatus } from '../status.ts';

/** Shortest time between two status writes of one object. */
export const WRITE_INTERVAL_MS = 2000;
/** The same while many agents are connecting: what they change is written together, and the API server has their tokens to review. */
export const BUSY_WRITE_INTERVAL_MS = 10_000;
/** Shortest time between writes that only change cost, which grows with every evaluated hit. */
export const COST_INTERVAL_MS = 60_000;
/** How long the first write of a generation waits for the agents' answers and first results, to have them in it. */
export const FIRST_WRITE_HOLD_MS = 400;

/** How long the write that says that it is armed waits for the first result, to have it in it. */
export const FIRST_RESULT_HOLD_MS = 400;

/** How long agents have to come back after a restart of the operator before their absence is written into status. */
export const SETTLE_MS = 10_000;

export type GateDecision =
  | { readonly write: true }
  /** Nothing is to be written; with `afterMs`, decide again after so many milliseconds. */
  | { readonly write: false; readonly afterMs?: number };

export interface GateInput {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly lastWriteTime: number | undefined;
  /** When this generation was first seen, milliseconds since 1970. */
  readonly firstSeenTime: number;
  /** When it was rendered as armed for the first time, milliseconds since 1970; undefined while it never was. */
  readonly armedTime?: number;
  /** Until when agents may still be connecting again after a start of the operator, milliseconds since 1970. */
  readonly settledTime: number;
  readonly base: RenderedStatus | undefined;
  readonly rendered: RenderedStatus;
  /** Whether connected agents have not answered yet, or have reported no hit yet. */
  readonly isExpectingNews: boolean;
  /** Whether agents of pods that have the probe are not connected, or have not reported yet what they have. */
  readonly isAwaitingAgents: boolean;
  /** Whether many agents are connecting. */
  readonly isBusy?: boolean;
}

/** Shortest time between two writes. */
export function writeInterval(isBusy: boolean): number {
  return isBusy ? BUSY_WRITE_INTERVAL_MS : WRITE_INTERVAL_MS;
}

/**
 * Whether a rendered status is to be written now. Never if the object has it already; at most once in two seconds, or ten while many agents are connecting. The first one of a
 * generation waits until it can say whether the probe is armed, because the next would come only two seconds later. The status of an
 * earlier operator is kept until agents have had time to connect again.
 */
export function decideWrite(input: GateInput): GateDecision {
  const { now, lastWriteTime, base, rendered } = input;
  if (isDeepStrictEqual(base, rendered)) return { write: false };
  const isNew = base?.observedGeneration !== rendered.observedGeneration;
  const usual = writeInterval(input.isBusy === true && !isNew);
  const interval = isCostOnly(base, rendered) ? COST_INTERVAL_MS : usual;
  const at = Math.max(
    (lastWriteTime ?? 0) + interval,
    isNew && input.isExpectingNews ? input.firstSeenTime + FIRST_WRITE_HOLD_MS : 0,
    !isNew && input.isAwaitingAgents ? input.settledTime : 0,
    !isNew && input.isExpectingNews ? holdUntil(input, usual) : 0,
  );
  return now >= at ? { write: true } : { write: false, afterMs: at - now };
}

/**
 * Until when a change is held that something better follows at once: processes are about to answer, or the probe has just been armed and its
 * first result comes. Written now, it would delay that for two seconds.
 */
function holdUntil({ lastWriteTime = 0, base, rendered, armedTime }: GateInput, interval: number): number {
  if (conditionOf(base?.conditions, 'Armed')?.status === 'True') return 0;
  if (conditionOf(rendered.conditions, 'Armed')?.status === 'True') {
    return (rendered.hits ?? 0) > 0 || armedTime === undefined ? 0 : armedTime + FIRST_RESULT_HOLD_MS;
  }
  return conditionOf(rendered.conditions, 'Reconciling')?.status === 'True' ? lastWriteTime + 2 * interval : 0;
}

function isCostOnly(base: RenderedStatus | undefined, rendered: RenderedStatus): boolean {
  if (base?.cost === undefined) return false;
  return isDeepStrictEqual({ ...base, cost: null }, { ...rendered, cost: null });
}
