import { z } from 'zod';
import {
  type Policy,
  type PolicyKind,
  type PolicySpec,
  type PolicyStatus,
  policyStatusSchema,
} from '../../api/policy.ts';
import { POLICY_RESOURCES } from '../../api/resources.ts';
import { oneLine } from '../../policy/one-line.ts';
import { type PolicyView, viewOf } from '../../policy/policy-view.ts';

/** A policy as the API server has it. */
export interface PolicyObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
  };
  readonly view: PolicyView;
  readonly status: PolicyStatus | undefined;
}

const headSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string().optional(),
    uid: z.string().catch(''),
    generation: z.int().catch(1),
    resourceVersion: z.string().catch(''),
  }),
  status: z.unknown().optional(),
});

const NOTHING: PolicySpec = { requesters: 'Everybody' };

/**
 * Reads a policy. One whose spec does not fit the schema, since CRDs and operator are of different versions, is not absent: it might deny
 * anything, so it denies all that it can be about.
 * @throws z.ZodError for what has no name.
 */
export function parsePolicyObject(kind: PolicyKind, raw: unknown): PolicyObject {
  const { metadata, status } = headSchema.parse(raw);
  const known = policyStatusSchema.safeParse(status).data;
  const { data, error } = POLICY_RESOURCES[kind].schema.omit({ status: true }).safeParse(raw);
  const { uid, generation } = metadata;
  if (data !== undefined) return { metadata, view: { ...viewOf(data as Policy), uid, generation }, status: known };
  const [issue] = error.issues;
  const unreadable = oneLine(`${issue?.path.join('.')}: ${issue?.message}`);
  const namespace = kind === 'InstrumentationPolicy' ? metadata.namespace : undefined;
  return {
    metadata,
    view: { kind, name: metadata.name, namespace, spec: NOTHING, unreadable, uid, generation },
    status: known,
  };
}
