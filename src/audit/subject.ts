import { cutText } from '../api/cut-text.ts';
import type { Probe } from '../api/kinds.ts';
import type { Denial } from '../policy/combine/rules.ts';
import { type Requester, requesterOf } from '../policy/requester.ts';
import type { ProcessInfo } from '../protocol/state.ts';
import { type AuditDetails, type AuditSubject, MOST_GROUPS, MOST_NAMED, MOST_TEXT } from './record.ts';

type DeniedDetails = Extract<AuditDetails, { step: 'Denied' }>;
type AuditedProcess = Extract<AuditDetails, { step: 'Armed' }>['process'];

/** Of a text that somebody else wrote, as much as a record takes. */
export const cut = (text: string): string => cutText(text, MOST_TEXT);

/** Which probe a record is about, who asked for it, and where it looks. Nothing else of its spec: an expression may hold what nobody should read. */
export function subjectOf({ kind, metadata, spec }: Probe, requester = requesterOf(metadata)): AuditSubject {
  const { namespace, name, uid, resourceVersion, generation } = metadata;
  const probe = { kind, namespace, name, uid, resourceVersion, generation };
  const { location } = spec;
  return { probe, ...(requester && { requester: { username: cut(requester.username) } }), location };
}

/** The requester with all that was recorded: for the steps in which somebody asks. */
export function whoAsks({ username, uid, groups }: Requester): AuditSubject['requester'] {
  const named = groups.slice(0, MOST_GROUPS).map(cut);
  return {
    username: cut(username),
    ...(uid && { uid: cut(uid) }),
    ...(named.length > 0 && { groups: named }),
    ...(groups.length > named.length && { otherGroups: groups.length - named.length }),
  };
}

/** Which rules deny it. Not their sentences, which quote the probe. */
export function auditedDenials(denials: readonly Denial[]): Pick<DeniedDetails, 'denials' | 'otherDenials'> {
  const named = denials.slice(0, MOST_NAMED).map(({ policy, rule, field }) => ({
    policy: cut(policy),
    ...(rule && { rule: cut(rule) }),
    field: cut(field),
  }));
  return { denials: named, ...othersOf('otherDenials', denials) };
}

/** How many are left out of a list in a record, under this name; nothing where none is. */
export function othersOf<Name extends string>(
  name: Name,
  all: readonly unknown[],
): { readonly [key in Name]?: number } {
  const others = { [name]: all.length - MOST_NAMED } as { readonly [key in Name]: number };
  return all.length > MOST_NAMED ? others : {};
}

/** @param known what the process has said of itself; undefined where it is not known any more. */
export function auditedProcess(instanceID: string, known: ProcessInfo | undefined): AuditedProcess {
  const { containerName, pid: processID, threadID } = known ?? {};
  return {
    instanceID,
    ...(containerName !== undefined && { containerName }),
    ...(processID !== undefined && { processID }),
    ...(threadID !== undefined && { threadID }),
  };
}
