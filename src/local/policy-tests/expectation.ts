import { isDeepStrictEqual } from 'node:util';
import type { Denial } from '../../policy/combine/rules.ts';
import type { Verdict } from '../policies/verdict.ts';
import type { Expectation } from './schema.ts';

/** One thing that is other than expected. */
export interface Difference {
  /** In `expect`: `effective.limits.maxHits`. */
  readonly field: string;
  readonly wanted: unknown;
  /** Undefined for what is not there. */
  readonly came?: unknown;
}

/** Everything in which the verdict is other than expected. */
export function differences(expected: Expectation, verdict: Verdict): Difference[] {
  const { decision, effective, policies, cuts } = expected;
  const found: Difference[] = [];
  if (decision !== verdict.decision) found.push({ field: 'decision', wanted: decision, came: verdict.decision });
  found.push(...reasonDifferences(expected, verdict.reasons));
  if (effective !== undefined) found.push(...partDifferences(effective, verdict.effective?.spec, 'effective'));
  const governing = verdict.policies.filter(({ isDefault }) => isDefault !== true).map(({ name }) => name);
  found.push(...listDifferences('policies', policies, governing));
  const cut = verdict.cuts.map(({ field }) => field);
  found.push(...listDifferences('cuts', cuts, cut));
  return found;
}

/** One reason must be all that is expected of it; where none is, the nearest one shows what is wrong. */
function reasonDifferences({ policy, rule, message }: Expectation, reasons: readonly Denial[]): Difference[] {
  const against = (reason: Partial<Denial>): Difference[] => [
    ...(policy === undefined || policy === reason.policy
      ? []
      : [{ field: 'policy', wanted: policy, came: reason.policy }]),
    ...(rule === undefined || rule === reason.rule ? [] : [{ field: 'rule', wanted: rule, came: reason.rule }]),
    ...(message === undefined || reason.message?.includes(message) === true
      ? []
      : [{ field: 'message', wanted: message, came: reason.message }]),
  ];
  const [nearest = against({})] = reasons.map(against).sort((left, right) => left.length - right.length);
  return nearest;
}

/** Members of objects one by one, everything else as a whole. */
function partDifferences(wanted: unknown, came: unknown, field: string): Difference[] {
  if (isMembers(wanted) && isMembers(came))
    return Object.entries(wanted).flatMap(([name, member]) =>
      partDifferences(member, Object.hasOwn(came, name) ? came[name] : undefined, `${field}.${name}`),
    );
  if (wanted === null && came === undefined) return [];
  return isDeepStrictEqual(wanted, came) ? [] : [{ field, wanted, came }];
}

const isMembers = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function listDifferences(field: string, wanted: readonly string[] | undefined, came: readonly string[]): Difference[] {
  if (wanted === undefined) return [];
  return isDeepStrictEqual(wanted.toSorted(), came.toSorted()) ? [] : [{ field, wanted, came }];
}
