import { POLICY_KINDS, POLICY_RESOURCES } from '../api/resources.ts';
import { checkPolicy } from '../policy/check-policy.ts';
import { type AdmissionRequest, type AdmissionResponse, allow, refuse } from './review.ts';

/** Refuses a policy with patterns that cannot be read, which would deny everything that it is about. */
export function reviewPolicy(request: AdmissionRequest): AdmissionResponse {
  const kind = POLICY_KINDS.find((one) => POLICY_RESOURCES[one].plural === request.resource.resource);
  if (kind === undefined || request.subResource || request.operation === 'DELETE') return allow(request);
  const read = POLICY_RESOURCES[kind].schema.shape.spec.safeParse(specOf(request.object));
  // What does not fit the schema is the API server's to refuse.
  if (!read.success) return allow(request);
  const issues = checkPolicy({ spec: read.data });
  if (issues.length === 0) return allow(request);
  return refuse(request, issues.map(({ field, message }) => `${field}: ${message}`).join('; '));
}

function specOf(object: unknown): unknown {
  return typeof object === 'object' && object !== null && 'spec' in object ? object.spec : undefined;
}
