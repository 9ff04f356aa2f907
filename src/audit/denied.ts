import type { Probe } from '../api/kinds.ts';
import type { Reason } from '../api/reasons.ts';
import type { Denial } from '../policy/combine/rules.ts';
import type { Requester } from '../policy/requester.ts';
import type { AuditEntry } from './record.ts';
import { recordID } from './record-id.ts';
import { auditedDenials, subjectOf, whoAsks } from './subject.ts';

/** A request that admission has refused because of policies. */
export interface DeniedRequest {
  /** UID of the request, by which the API server names it to webhooks. */
  readonly requestUID: string;
  readonly operation: 'CREATE' | 'UPDATE';
  /** As it would have been stored. */
  readonly probe: Probe;
  /** Who made the request. */
  readonly requester: Requester;
  readonly denials: readonly Denial[];
}

/** Name of the record of a refused request. */
export const deniedID = (requestUID: string): string => recordID('Denied', [requestUID]);

export function deniedEntry({ requestUID, operation, probe, requester, denials }: DeniedRequest): AuditEntry {
  return {
    id: deniedID(requestUID),
    step: 'Denied',
    ...subjectOf(probe),
    requester: whoAsks(requester),
    operation,
    reason: 'PolicyDenied' satisfies Reason,
    ...auditedDenials(denials),
  };
}
