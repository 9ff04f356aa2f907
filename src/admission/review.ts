import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { cutText } from '../api/cut-text.ts';
import type { Requester } from '../policy/requester.ts';

/** An AdmissionReview of an API server, and what is answered. */

const reviewSchema = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.object({
    uid: z.string().min(1).max(128),
    operation: z.string(),
    resource: z.object({ group: z.string(), resource: z.string() }),
    subResource: z.string().optional(),
    namespace: z.string().optional(),
    dryRun: z.boolean().optional(),
    userInfo: z
      .object({
        username: z.string().default(''),
        uid: z.string().optional(),
        groups: z.array(z.string()).nullish(),
      })
      .optional(),
    object: z.unknown().optional(),
    oldObject: z.unknown().optional(),
  }),
});

export type AdmissionRequest = z.infer<typeof reviewSchema>['request'];

export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  /** Why it is not allowed. */
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
  readonly patchType?: 'JSONPatch';
  /** The JSON Patch in base64. */
  readonly patch?: string;
  readonly warnings?: readonly string[];
  /** Put into the API server's own audit of the request, each under the name of the webhook. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** Answers one review. Throws only for errors of its own: then the failurePolicy of the webhook decides. */
export type Reviewer = (request: AdmissionRequest) => AdmissionResponse | Promise<AdmissionResponse>;

/** Not an AdmissionReview that can be answered. */
export class NotAReview extends Error {}

/** @throws {NotAReview} */
export function readReview(review: unknown): AdmissionRequest {
  const parsed = reviewSchema.safeParse(review);
  if (!parsed.success) throw new NotAReview(z.prettifyError(parsed.error));
  return parsed.data.request;
}

/** Who makes the request, as the API server has authenticated them. */
export function requesterIn({ userInfo }: AdmissionRequest): Requester {
  return { username: userInfo?.username ?? '', uid: userInfo?.uid, groups: userInfo?.groups ?? [] };
}

const specSchema = z.looseObject({ spec: z.unknown().optional() });

/** Whether the request writes an object itself, not its status, and does not delete it. */
export function isWrite(request: AdmissionRequest): request is AdmissionRequest & { operation: 'CREATE' | 'UPDATE' } {
  const { operation, subResource } = request;
  return (operation === 'CREATE' || operation === 'UPDATE') && !subResource;
}

/** Whether the object is there already, with the same spec. */
export function keepsSpec({ operation, object, oldObject }: AdmissionRequest): boolean {
  if (operation !== 'UPDATE') return false;
  return isDeepStrictEqual(specSchema.parse(object).spec, specSchema.parse(oldObject).spec);
}

/** Longest warning that clients are sure to show (KEP-1693). */
const LONGEST_WARNING = 256;
const MOST_WARNINGS = 8;

export function allow({ uid }: AdmissionRequest, warnings: readonly string[] = []): AdmissionResponse {
  if (warnings.length === 0) return { uid, allowed: true };
  const shown = warnings.slice(0, MOST_WARNINGS).map((text) => cutText(`davylamp: ${text}`, LONGEST_WARNING));
  return { uid, allowed: true, warnings: shown };
}

/** 403, as a rule forbids what is asked for. */
export function deny({ uid }: AdmissionRequest, message: string): AdmissionResponse {
  return { uid, allowed: false, status: { code: 403, reason: 'Forbidden', message } };
}

/** 422, as what is asked for cannot be right. */
export function refuse({ uid }: AdmissionRequest, message: string): AdmissionResponse {
  return { uid, allowed: false, status: { code: 422, reason: 'Invalid', message } };
}

/** Allowed with a JSON Patch; without one if that is empty. */
export function patched(
  request: AdmissionRequest,
  patch: readonly object[],
  warnings: readonly string[] = [],
): AdmissionResponse {
  const allowed = allow(request, warnings);
  if (patch.length === 0) return allowed;
  return { ...allowed, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
}
