import { z } from 'zod';
import { cutText } from './cut-text.ts';
import type { Reason } from './reasons.ts';

/** Condition types of every probe. `Reconciling` and `Stalled` are `True` only while something is not as it should be, as kstatus expects. */
export const CONDITION_TYPES = [
  'Ready',
  'Reconciling',
  'Stalled',
  'Armed',
  'ArmedEverywhere',
  'PolicyAccepted',
  'SinksResolved',
  'Expired',
] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

export const conditionSchema = z
  .object({
    type: z.string().min(1).max(64).meta({ description: 'What the condition is about.' }),
    status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'Whether it holds.' }),
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'The metadata.generation that it was decided for.' }),
    lastTransitionTime: z.iso.datetime({ offset: true }).meta({ description: 'When status last changed.' }),
    reason: z.string().min(1).max(64).meta({ description: 'One word from the table of reasons.' }),
    message: z.string().max(1024).meta({ description: 'A sentence for people.' }),
  })
  .meta({ description: 'One observation about the object.' });

export type Condition = z.infer<typeof conditionSchema>;

/** @returns undefined where the object has none of this type. */
export function conditionOf(conditions: readonly Condition[] | undefined, type: ConditionType): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** A condition as decided now, without `lastTransitionTime`: that depends on the condition which the object already has. */
export interface DesiredCondition {
  readonly type: ConditionType;
  readonly status: Condition['status'];
  readonly reason: Reason;
  readonly message: string;
}

/**
 * Merges desired into existing conditions: `lastTransitionTime` moves only when `status` changes.
 * @param now ISO 8601 instant of this observation.
 */
export function mergeConditions(
  existing: readonly Condition[],
  desired: readonly DesiredCondition[],
  observedGeneration: number,
  now: string,
): Condition[] {
  return desired.map((condition) => {
    const before = conditionOf(existing, condition.type);
    const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : now;
    return { ...condition, message: cutText(condition.message, 1024), observedGeneration, lastTransitionTime };
  });
}
