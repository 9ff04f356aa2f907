import type { LabelSelector } from '../api/kubernetes.ts';
import { selectorMatches } from '../api/label-selector.ts';
import type { PolicyView } from './policy-view.ts';

type Labels = Readonly<Record<string, string>>;

/** Labels of a namespace; undefined where they are not known. */
export type NamespaceLabels = (namespace: string) => Labels | undefined;

/** Whether one probe, in one pod, can be governed by both. Where that is not certain, it is not said. */
export function canMeet(a: PolicyView, b: PolicyView, labelsOf: NamespaceLabels): boolean {
  return shareNamespace(a, b, labelsOf) && areCompatible([a.spec.podSelector, b.spec.podSelector]);
}

function shareNamespace(a: PolicyView, b: PolicyView, labelsOf: NamespaceLabels): boolean {
  if (a.namespace !== undefined && b.namespace !== undefined && a.namespace !== b.namespace) return false;
  const namespace = a.namespace ?? b.namespace;
  const selectors = [a.spec.namespaceSelector, b.spec.namespaceSelector].filter((one) => one !== undefined);
  if (namespace === undefined || selectors.length === 0) return areCompatible(selectors);
  const labels = labelsOf(namespace);
  return labels !== undefined && selectors.every((selector) => selectorMatches(selector, labels));
}

/** Of one label: the values that it may have, undefined for any; those that it may not; and whether it may be there or absent. */
interface Wanted {
  values: ReadonlySet<string> | undefined;
  readonly others: Set<string>;
  mayExist: boolean;
  mayLack: boolean;
}

/** Whether there are labels that all of these selectors match. */
export function areCompatible(selectors: readonly (LabelSelector | undefined)[]): boolean {
  const wanted = new Map<string, Wanted>();
  const of = (key: string): Wanted => {
    const known = wanted.get(key) ?? { values: undefined, others: new Set(), mayExist: true, mayLack: true };
    wanted.set(key, known);
    return known;
  };
  const mustBe = (key: string, values: readonly string[]): void => {
    const label = of(key);
    label.mayLack = false;
    label.values = new Set(values.filter((value) => label.values?.has(value) ?? true));
  };
  for (const { matchLabels = {}, matchExpressions = [] } of selectors.filter((one) => one !== undefined)) {
    for (const [key, value] of Object.entries(matchLabels)) mustBe(key, [value]);
    for (const { key, operator, values = [] } of matchExpressions) {
      if (operator === 'In') mustBe(key, values);
      else if (operator === 'NotIn') for (const value of values) of(key).others.add(value);
      else if (operator === 'Exists') of(key).mayLack = false;
      else of(key).mayExist = false;
    }
  }
  return [...wanted.values()].every(({ values, others, mayExist, mayLack }) => {
    const hasValue = values === undefined || [...values].some((value) => !others.has(value));
    return mayLack || (mayExist && hasValue);
  });
}
