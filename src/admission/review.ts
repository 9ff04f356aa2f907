import { z } from 'zod';
import { REASONS } from '../api/reasons.ts';
import { INJECT_LABEL } from '../pods/well-known-names.ts';
import { type InjectionSettings, inject } from './inject.ts';
import { podSchema } from './pod.ts';

const reviewSchema = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.object({
    uid: z.string().min(1).max(128),
    operation: z.string(),
    resource: z.object({ group: z.string(), resource: z.string() }),
    subResource: z.string().optional(),
    namespace: z.string().optional(),
    object: z.unknown(),
  }),
});

export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: true;
  readonly patchType?: 'JSONPatch';
  /** The JSON Patch in base64. */
  readonly patch?: string;
  readonly warnings?: readonly string[];
}

/** Not an AdmissionReview that can be answered. */
export class NotAReview extends Error {}

/**
 * The API server calls the webhook only where the labels of pod or namespace ask for it. So the labels of the namespace need not be read:
 * a pod without a label of its own comes from a labeled namespace.
 */
const SELECTED_LABELS = { [INJECT_LABEL]: 'true' };

export type AnnotationsOf = (namespace: string) => Readonly<Record<string, string>> | undefined;

/** Answers one review: always allowed, at most with a patch. @throws {NotAReview} */
export function answerReview(
  review: unknown,
  settings: InjectionSettings,
  annotationsOf: AnnotationsOf = () => undefined,
): AdmissionResponse {
  const parsed = reviewSchema.safeParse(review);
  if (!parsed.success) throw new NotAReview(z.prettifyError(parsed.error));
  const { uid, operation, resource, subResource, namespace, object } = parsed.data.request;
  const allowed = { uid, allowed: true } as const;
  if (operation !== 'CREATE' || resource.group !== '' || resource.resource !== 'pods' || subResource) return allowed;
  const pod = podSchema.safeParse(object);
  if (!pod.success) return { ...allowed, warnings: ['davylamp: the pod could not be read, so it has no agent'] };
  const annotations = namespace === undefined ? undefined : annotationsOf(namespace);
  const { patch, skipped } = inject(pod.data, { labels: SELECTED_LABELS, annotations }, settings);
  const warnings = skipped.map(
    ({ container, reason }) => `davylamp: container ${container}: ${reason}: ${REASONS[reason].do}`,
  );
  return {
    ...allowed,
    ...(patch.length === 0
      ? {}
      : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}
