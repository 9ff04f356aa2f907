import type { ProbeFacts, Refusal, Rule } from './rule.ts';
import { approval } from './rules/approval.ts';
import { disarmAll } from './rules/disarm-all.ts';
import { expiry } from './rules/expiry.ts';
import { expressions } from './rules/expressions.ts';
import { hitLimit } from './rules/hit-limit.ts';
import { policies } from './rules/policies.ts';

/**
 * Every rule on whether a probe may be in any process; a new one joins here. The first that refuses decides, so the most
 * informative come first. What policies deny comes before what is over: it is not to be looked at again. The hit limit comes before expiry: a probe that reached its limit must not be called expired an hour later.
 */
const RULES: readonly Rule[] = [expressions, policies, approval, hitLimit, expiry, disarmAll];

/** Why the probe may be in no process; undefined where no rule refuses it. */
export function refusalOf(facts: ProbeFacts): Refusal | undefined {
  for (const decide of RULES) {
    const refusal = decide(facts);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
