import type { ObservedPod } from '../../pods/observed-pod.ts';

/**
 * The container that an agent is to enter for a probe: the one that its target names, the only one, or the one that the pod's annotation
 * says is meant when none is named; undefined when it could be several.
 */
export function chooseContainer(
  { containers, defaultContainer }: Pick<ObservedPod, 'containers' | 'defaultContainer'>,
  named: string | undefined,
): string | undefined {
  if (named !== undefined) return named;
  if (containers.length === 1) return containers[0];
  return defaultContainer !== undefined && containers.includes(defaultContainer) ? defaultContainer : undefined;
}
