import type { Decider, ProbeFacts, Refusal } from './decider.ts';
import { disarmOrder } from './deciders/disarm-order.ts';
import { expiry } from './deciders/expiry.ts';
import { expressions } from './deciders/expressions.ts';
import { hitLimit } from './deciders/hit-limit.ts';

/**
 * Every rule on whether a probe may be in any process; a new one joins here. The first that refuses decides, so the most
 * informative come first. The hit limit comes before expiry: a probe that reached its limit must not be called expired an hour later.
 */
const DECIDERS: readonly Decider[] = [expressions, hitLimit, expiry, disarmOrder];

/** Why the probe may be in no process; undefined where no rule refuses it. */
export function refusalOf(facts: ProbeFacts): Refusal | undefined {
  for (const decide of DECIDERS) {
    const refusal = decide(facts);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
