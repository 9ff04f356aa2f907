import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { REQUESTED_BY, REQUESTED_BY_GROUPS, REQUESTED_BY_UID } from '../../api/annotations.ts';
import { annotationsOf, type Requester } from '../../policy/requester.ts';
import { type AdmissionRequest, type AdmissionResponse, allow, patched, refuse } from '../review.ts';

/** Annotations that nobody but admission writes. */
const OURS = [REQUESTED_BY, REQUESTED_BY_UID, REQUESTED_BY_GROUPS] as const;
/** Bytes; annotations of an object may take 256 KiB together. */
const MOST_BYTES = 32 * 1024;

const probeSchema = z.looseObject({
  metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).nullish() }),
  spec: z.unknown().optional(),
});

/**
 * Records who wrote the spec of a probe: at its creation and with each change of spec. Whatever else a request says of that is replaced by
 * what was recorded, so that neither a controller that applies its manifest again nor anybody by hand can change it.
 */
export function recordRequester(request: AdmissionRequest): AdmissionResponse {
  const { operation, subResource, userInfo } = request;
  if ((operation !== 'CREATE' && operation !== 'UPDATE') || subResource) return allow(request);
  const { metadata, spec } = probeSchema.parse(request.object);
  const before = operation === 'UPDATE' ? probeSchema.parse(request.oldObject) : undefined;
  const given = metadata.annotations ?? {};
  if (before !== undefined && isDeepStrictEqual(before.spec, spec)) {
    return patched(request, changes(given, before.metadata.annotations ?? {}, metadata.annotations !== undefined));
  }
  const requester: Requester = {
    username: userInfo?.username ?? '',
    uid: userInfo?.uid,
    groups: userInfo?.groups ?? [],
  };
  const wanted = annotationsOf(requester);
  const bytes = Object.values(wanted).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > MOST_BYTES) {
    const message = `the names of the requester and of their ${requester.groups.length} groups take ${bytes} bytes; at most ${MOST_BYTES} can be recorded, and no group may be left out, as policies go by them. Ask for the probe as a user with fewer groups`;
    return refuse(request, message);
  }
  return patched(request, changes(given, wanted, metadata.annotations !== undefined && metadata.annotations !== null));
}

/** JSON Patch that makes our annotations what is wanted, and leaves the others alone. */
function changes(
  given: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
  hasAnnotations: boolean,
): object[] {
  const patch: object[] = [];
  for (const name of OURS) {
    const path = `/metadata/annotations/${name.replaceAll('/', '~1')}`;
    const value = wanted[name];
    if (given[name] === value) continue;
    patch.push(value === undefined ? { op: 'remove', path } : { op: 'add', path, value });
  }
  const isFirst = !hasAnnotations && patch.length > 0;
  return isFirst ? [{ op: 'add', path: '/metadata/annotations', value: {} }, ...patch] : patch;
}
