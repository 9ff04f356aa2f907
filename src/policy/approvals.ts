import { z } from 'zod';
import { APPROVALS } from '../api/annotations.ts';
import type { Probe } from '../api/kinds.ts';
import { APPROVAL_DEADLINE_SECONDS } from '../api/policy.ts';
import { type PolicyView, policyKey } from './policy-view.ts';
import { requesterOf } from './requester.ts';
import { specHash } from './spec-hash.ts';

const approvalSchema = z.object({
  /** Key of the policy that asked for it. */
  policy: z.string(),
  username: z.string(),
  /** ISO 8601. */
  time: z.iso.datetime({ offset: true }),
  /** Of the spec that was approved. */
  specHash: z.string(),
  reason: z.string().optional(),
  ticket: z.string().optional(),
});

export type Approval = z.infer<typeof approvalSchema>;

/** Approvals of the present spec that admission has recorded; nothing where that cannot be read. */
export function approvalsOf({ metadata, spec }: Pick<Probe, 'metadata' | 'spec'>): Approval[] {
  const hash = specHash(spec);
  return recordedIn(metadata.annotations ?? {}).filter((one) => one.specHash === hash);
}

function recordedIn(annotations: Readonly<Record<string, string>>): Approval[] {
  try {
    return z.array(approvalSchema).parse(JSON.parse(annotations[APPROVALS] ?? '[]'));
  } catch {
    return [];
  }
}

/** How a probe stands with the policies that ask for an approval. */
export interface ApprovalState {
  /** Those without whose approval it still waits; empty when it has them all. */
  readonly missing: readonly PolicyView[];
  /** When the last approval was given that it needs, milliseconds since 1970; undefined where none is needed. */
  readonly approvedTime: number | undefined;
  /** Seconds from its request on within which it must be approved. */
  readonly deadlineSeconds: number;
}

/** Counts approvals of this very spec, by somebody other than who asked for it. @param policies those that ask for an approval. */
export function approvalState(probe: Probe, policies: readonly PolicyView[]): ApprovalState {
  const requester = requesterOf(probe.metadata)?.username;
  const good = approvalsOf(probe).filter(({ username }) => requester !== undefined && username !== requester);
  const given = policies.flatMap((policy) => good.find((one) => one.policy === policyKey(policy)) ?? []);
  const deadlines = policies.map(({ spec }) => spec.approval?.deadlineSeconds ?? APPROVAL_DEADLINE_SECONDS);
  return {
    missing: policies.filter((policy) => !good.some((one) => one.policy === policyKey(policy))),
    approvedTime: given.length === 0 ? undefined : Math.max(...given.map(({ time }) => Date.parse(time))),
    deadlineSeconds: Math.min(APPROVAL_DEADLINE_SECONDS * 30, ...deadlines),
  };
}
