import type { EffectiveRedaction } from '../../api/effective-probe.ts';
import type { Probe } from '../../api/kinds.ts';
import type { Replacement } from '../../api/redaction.ts';
import type { PolicyView } from '../policy-view.ts';

/** From the strictest: Remove tells nothing of a hidden value, Hash the most. */
const STRICTEST: readonly Replacement[] = ['Remove', 'Mask', 'Hash'];

/**
 * Redaction adds up: what the probe or any policy hides is hidden. With several lists of what is allowed, only what is in all of them is;
 * and of what stands for hidden values the one that tells the least. Sorted, so that equal rules are equal texts.
 */
export function combineRedaction(
  { spec: { redaction } }: Pick<Probe, 'spec'>,
  policies: readonly PolicyView[],
): EffectiveRedaction {
  const own = redaction ?? {};
  const all = [own, ...policies.flatMap(({ spec }) => spec.redaction ?? [])];
  const lists = all.filter(({ mode }) => mode === 'AllowList').map(({ allow = [] }) => allow);
  const replacements = all.flatMap(({ replacement }, index) => replacement ?? (index === 0 ? 'Remove' : []));
  return {
    mode: lists.length > 0 ? 'AllowList' : 'Default',
    names: union(all.map(({ names = [] }) => names)),
    allow: inAll(lists),
    patterns: union(all.map(({ patterns = [] }) => patterns)),
    replacement: STRICTEST.find((replacement) => replacements.includes(replacement)) ?? 'Remove',
  };
}

function union(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort();
}

function inAll(lists: readonly (readonly string[])[]): string[] {
  const [first, ...others] = lists.map((list) => new Set(list.map(plain)));
  return [...(first ?? [])].filter((name) => others.every((names) => names.has(name))).sort();
}

/** Names are the same whatever their case and separators are, as redaction compares them. */
const plain = (name: string): string => name.toLowerCase().replace(/[-_@$.#]/g, '');
