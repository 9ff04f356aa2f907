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
