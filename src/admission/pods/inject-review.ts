import { REASONS } from '../../api/reasons.ts';
import { INJECT_LABEL } from '../../pods/well-known-names.ts';
import { type AdmissionRequest, type AdmissionResponse, allow, patched } from '../review.ts';
import { type InjectionSettings, inject } from './inject.ts';
import { podSchema } from './pod.ts';

/**
 * The API server calls the webhook only where the labels of pod or namespace ask for it. So the labels of the namespace need not be read:
 * a pod without a label of its own comes from a labeled namespace.
 */
const SELECTED_LABELS = { [INJECT_LABEL]: 'true' };

export type AnnotationsOf = (namespace: string) => Readonly<Record<string, string>> | undefined;

/** Adds the agent to a pod that is created: always allowed, at most with a patch. */
export function injectReview(
  request: AdmissionRequest,
  settings: InjectionSettings,
  annotationsOf: AnnotationsOf = () => undefined,
): AdmissionResponse {
  const { operation, resource, subResource, namespace, object } = request;
  if (operation !== 'CREATE' || resource.group !== '' || resource.resource !== 'pods' || subResource)
    return allow(request);
  const pod = podSchema.safeParse(object);
  if (!pod.success) return allow(request, ['the pod could not be read, so it has no agent']);
  const annotations = namespace === undefined ? undefined : annotationsOf(namespace);
  const { patch, skipped } = inject(pod.data, { labels: SELECTED_LABELS, annotations }, settings);
  const warnings = skipped.map(({ container, reason }) => `container ${container}: ${reason}: ${REASONS[reason].do}`);
  return patched(request, patch, warnings);
}
