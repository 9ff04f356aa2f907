/**
 * Annotations of probes that admission alone writes. Plain text, so that a ValidatingAdmissionPolicy can compare them with the request in
 * CEL, which cannot read JSON.
 */

/** Who wrote the present spec: the user's name, as the API server authenticated it. */
export const REQUESTED_BY = 'davylamp.dev/requested-by';
/** The UID of that user; absent where the API server knows none. */
export const REQUESTED_BY_UID = 'davylamp.dev/requested-by-uid';
/** Groups of that user, one in a line. Never cut: a group that is left out could take its user out of a policy for that group. */
export const REQUESTED_BY_GROUPS = 'davylamp.dev/requested-by-groups';

/** Asks for a probe's approval: the hash of the spec that is approved. Taken away by admission, which records who it was. */
export const APPROVE = 'davylamp.dev/approve';
/** Why, and in which ticket that can be read; beside {@link APPROVE}. */
export const APPROVE_REASON = 'davylamp.dev/approve-reason';
export const APPROVE_TICKET = 'davylamp.dev/approve-ticket';
/** Approvals that were given, as JSON: who, when, of which spec, by which policy. Written by admission alone. */
export const APPROVALS = 'davylamp.dev/approvals';
