import { z } from 'zod';
import {
  APPROVALS,
  APPROVE,
  APPROVE_REASON,
  APPROVE_TICKET,
  REQUESTED_BY,
  REQUESTED_BY_GROUPS,
  REQUESTED_BY_UID,
} from '../../api/annotations.ts';
import { cutText } from '../../api/cut-text.ts';
import { annotationsOf, type Requester } from '../../policy/requester.ts';
import {
  type AdmissionRequest,
  type AdmissionResponse,
  allow,
  deny,
  isWrite,
  keepsSpec,
  patched,
  refuse,
  requesterIn,
} from '../review.ts';

/** Annotations that nobody but admission writes. */
const RECORDS = [REQUESTED_BY, REQUESTED_BY_UID, REQUESTED_BY_GROUPS, APPROVALS] as const;
/** Annotations by which somebody approves, which are answered and taken away. */
const APPROVAL = [APPROVE, APPROVE_REASON, APPROVE_TICKET] as const;
/** Bytes; annotations of an object may take 256 KiB together. */
const MOST_BYTES = 32 * 1024;
/** Characters of what is recorded of an approval. */
const MOST_CHARACTERS = 1024;

const NOT_RECORDED =
  'the approval was not recorded, since it stands beside a new spec, for which you have asked thereby: somebody else has to look at that and approve it by itself: kubectl davylamp approve';

const NOTHING_APPROVED = `a note on an approval was not recorded: ${APPROVE_REASON} and ${APPROVE_TICKET} count in one request with ${APPROVE} only: kubectl davylamp approve`;

type Annotations = Readonly<Record<string, string>>;

/** An approval as somebody asks for it, of a probe as it is. */
export interface AskedApproval {
  readonly object: unknown;
  readonly namespace: string | undefined;
  readonly kind: string;
  readonly approver: Requester;
  readonly specHash: string;
  readonly reason: string | undefined;
  readonly ticket: string | undefined;
}

/** The text that is recorded, or why the approval does not count. */
export type Approve = (asked: AskedApproval) => Promise<{ readonly record: string } | { readonly refused: string }>;

const probeSchema = z.looseObject({
  metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).nullish() }),
});

/**
 * Records who wrote the spec of a probe, at its creation and with each change of spec, and who approved it. Whatever else a request says of
 * that is replaced by what was recorded, so that neither a controller that applies its manifest again nor anybody by hand can change it.
 * An approval that comes with a new spec is of nothing that anybody has looked at: it is left out, with a warning.
 */
export async function recordRequester(request: AdmissionRequest, approve: Approve): Promise<AdmissionResponse> {
  if (!isWrite(request)) return allow(request);
  const { metadata } = probeSchema.parse(request.object);
  const given = metadata.annotations ?? {};
  const answer = (wanted: Annotations, warnings: readonly string[] = []) =>
    patched(request, changes(given, wanted, metadata.annotations), warnings);
  const user = requesterIn(request);
  if (keepsSpec(request)) {
    const before = probeSchema.parse(request.oldObject);
    const recorded = recordsOf(before.metadata.annotations ?? {});
    const specHash = given[APPROVE];
    if (specHash === undefined) return answer(recorded, warningsOf(given));
    const { resource, namespace } = request;
    const [reason, ticket] = [given[APPROVE_REASON], given[APPROVE_TICKET]].map(noteOf);
    // As it was before this request, which may also change labels or what is recorded.
    const asked = {
      object: request.oldObject,
      namespace,
      kind: resource.resource,
      approver: user,
      specHash,
      reason,
      ticket,
    };
    const approval = await approve(asked);
    if ('refused' in approval) return deny(request, approval.refused);
    return answer({ ...recorded, [APPROVALS]: approval.record });
  }
  const wanted = annotationsOf(user);
  const bytes = Object.values(wanted).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > MOST_BYTES) {
    const message = `the names of the requester and of their ${user.groups.length} groups take ${bytes} bytes; at most ${MOST_BYTES} can be recorded, and no group may be left out, as policies go by them. Ask for the probe as a user with fewer groups`;
    return refuse(request, message);
  }
  return answer(wanted, given[APPROVE] === undefined ? warningsOf(given) : [NOT_RECORDED]);
}

/** Of annotations without an approval. */
const warningsOf = (given: Annotations): readonly string[] =>
  given[APPROVE_REASON] === undefined && given[APPROVE_TICKET] === undefined ? [] : [NOTHING_APPROVED];

const noteOf = (text: string | undefined): string | undefined =>
  text === undefined || text === '' ? undefined : cutText(text, MOST_CHARACTERS);

function recordsOf(annotations: Annotations): Annotations {
  return Object.fromEntries(
    RECORDS.flatMap((name) => (annotations[name] === undefined ? [] : [[name, annotations[name]]])),
  );
}

/** JSON Patch that makes our annotations what is wanted, and leaves the others alone. */
function changes(given: Annotations, wanted: Annotations, annotations: object | null | undefined): object[] {
  const patch: object[] = [];
  for (const name of [...RECORDS, ...APPROVAL]) {
    const path = `/metadata/annotations/${name.replaceAll('/', '~1')}`;
    const value = wanted[name];
    if (given[name] === value) continue;
    patch.push(value === undefined ? { op: 'remove', path } : { op: 'add', path, value });
  }
  const isFirst = !annotations && patch.length > 0;
  return isFirst ? [{ op: 'add', path: '/metadata/annotations', value: {} }, ...patch] : patch;
}
