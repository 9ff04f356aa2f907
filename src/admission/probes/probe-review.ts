import { z } from 'zod';
import { PROBE_KINDS, type Probe, probeResource } from '../../api/kinds.ts';
import { parseProbe } from '../../api/parse-probe.ts';
import { deniedID } from '../../audit/denied.ts';
import type { AdmissionVerdict } from '../../policy/admission-verdict.ts';
import type { Requester } from '../../policy/requester.ts';
import {
  type AdmissionRequest,
  type AdmissionResponse,
  allow,
  deny,
  isWrite,
  keepsSpec,
  refuse,
  requesterIn,
} from '../review.ts';

/** @throws if nothing can be said yet: the request fails then, and may be repeated. */
export type JudgeProbe = (probe: Probe) => Promise<AdmissionVerdict>;

/** A request that policies deny, and what they say. */
export interface DeniedProbe {
  readonly request: AdmissionRequest;
  readonly operation: 'CREATE' | 'UPDATE';
  readonly probe: Probe;
  /** Who makes it. */
  readonly requester: Requester;
  readonly verdict: Extract<AdmissionVerdict, { is: 'Forbidden' }>;
}

/**
 * Refuses a probe that policies deny or that can never be armed: when it is created, and when its spec changes; so deleting always works.
 * Into the API server's audit goes which record of ours is about the request, or which version of the probe it makes: the UID of a new one is in
 * nothing else that the API server audits without its content.
 * @param onDenied called with what was denied, unless it would not have been stored anyway.
 */
export async function reviewProbe(
  request: AdmissionRequest,
  judge: JudgeProbe,
  onDenied: (denied: DeniedProbe) => void = () => undefined,
): Promise<AdmissionResponse> {
  if (!isWrite(request) || keepsSpec(request)) return allow(request);
  const { operation, resource, namespace } = request;
  const kind = PROBE_KINDS.find((one) => probeResource(one).plural === resource.resource);
  if (kind === undefined) return allow(request);
  const probe = parseProbe(kind, withName(request.object, namespace));
  const verdict = await judge(probe);
  if (verdict.is === 'Forbidden') {
    if (request.dryRun === true) return deny(request, verdict.message);
    onDenied({ request, operation, probe, requester: requesterIn(request), verdict });
    return { ...deny(request, verdict.message), auditAnnotations: { record: deniedID(request.uid) } };
  }
  if (verdict.is === 'Wrong') return refuse(request, verdict.message);
  const { uid, generation } = probe.metadata;
  return { ...allow(request, verdict.warnings), auditAnnotations: { uid, generation: String(generation) } };
}

/** An object with `generateName` has no name yet, and the namespace may be in the path of the request only. */
function withName(object: unknown, namespace: string | undefined): unknown {
  const { metadata, ...rest } = z.looseObject({ metadata: z.looseObject({}) }).parse(object);
  return { ...rest, metadata: { name: '', ...(namespace !== undefined && { namespace }), ...metadata } };
}
