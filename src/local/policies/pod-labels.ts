import type { Probe } from '../../api/kinds.ts';
import { selectorMatches } from '../../api/label-selector.ts';
import type { Labels } from './namespaces.ts';

/**
 * The fewest labels with which a pod matches the selector of the probe. Undefined where it names a workload, whose pods it does not
 * describe, and for a selector that no pod can match.
 */
export function demandedLabels({ spec: { target } }: Probe): Labels | undefined {
  const { selector } = target;
  if (selector === undefined) return undefined;
  const labels: Record<string, string> = { ...selector.matchLabels };
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    if (operator === 'In') labels[key] ??= values[0] ?? '';
    else if (operator === 'Exists') labels[key] ??= '';
  }
  return selectorMatches(selector, labels) ? labels : undefined;
}
