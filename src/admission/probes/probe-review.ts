import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { PROBE_KINDS, type Probe, probeResource } from '../../api/kinds.ts';
import { parseProbe } from '../../api/parse-probe.ts';
import type { AdmissionVerdict } from '../../policy/admission-verdict.ts';
import type { PolicyView } from '../../policy/policy-view.ts';
import { type AdmissionRequest, type AdmissionResponse, allow, deny, refuse } from '../review.ts';

/** @throws if nothing can be said yet: the request fails then, and may be repeated. */
export type JudgeProbe = (probe: Probe) => Promise<AdmissionVerdict>;

const specSchema = z.looseObject({ spec: z.unknown().optional() });

/**
 * Refuses a probe that policies deny or that can never be armed: when it is created, and when its spec changes; so deleting always works.
 * @param onDenied called with the policies that deny it, unless it would not have been stored anyway.
 */
export async function reviewProbe(
  request: AdmissionRequest,
  judge: JudgeProbe,
  onDenied: (policies: readonly PolicyView[]) => void = () => undefined,
): Promise<AdmissionResponse> {
  const { operation, subResource, resource, namespace } = request;
  if ((operation !== 'CREATE' && operation !== 'UPDATE') || subResource) return allow(request);
  const kind = PROBE_KINDS.find((one) => probeResource(one).plural === resource.resource);
  if (kind === undefined) return allow(request);
  if (operation === 'UPDATE') {
    const [now, before] = [specSchema.parse(request.object), specSchema.parse(request.oldObject)];
    if (isDeepStrictEqual(now.spec, before.spec)) return allow(request);
  }
  const probe = parseProbe(kind, withName(request.object, namespace));
  const verdict = await judge(probe);
  if (verdict.is === 'Forbidden') {
    if (request.dryRun !== true) onDenied(verdict.policies);
    return deny(request, verdict.message);
  }
  return verdict.is === 'Wrong' ? refuse(request, verdict.message) : allow(request, verdict.warnings);
}

/** An object with `generateName` has no name yet, and the namespace may be in the path of the request only. */
function withName(object: unknown, namespace: string | undefined): unknown {
  const { metadata, ...rest } = z.looseObject({ metadata: z.looseObject({}) }).parse(object);
  return { ...rest, metadata: { name: '', ...(namespace !== undefined && { namespace }), ...metadata } };
}
