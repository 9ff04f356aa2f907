import type { Requester } from '../../policy/requester.ts';
import type { Subject } from './rbac-manifests.ts';

const ANONYMOUS = 'system:anonymous';
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** A service account as the API server names it to authorizers. */
export function serviceAccountUser(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/** The groups that are asked for, and those that the API server itself adds. */
export function groupsOf({ username, groups }: Requester): ReadonlySet<string> {
  const [, namespace] = SERVICE_ACCOUNT.exec(username) ?? [];
  const ofServiceAccount =
    namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  const isAnonymous = username === ANONYMOUS || groups.includes('system:unauthenticated');
  return new Set([...groups, ...ofServiceAccount, isAnonymous ? 'system:unauthenticated' : 'system:authenticated']);
}

/**
 * Whether the subject of a binding is this requester.
 * @param groups those of {@link groupsOf}. @param bindingNamespace undefined for a binding of the cluster.
 */
export function isSubject(
  { kind, name, namespace = '' }: Subject,
  { username }: Requester,
  groups: ReadonlySet<string>,
  bindingNamespace: string | undefined,
): boolean {
  switch (kind) {
    case 'User':
      return username === name;
    case 'Group':
      return groups.has(name);
    case 'ServiceAccount': {
      // A RoleBinding may name service accounts of its own namespace by their name alone.
      const home = namespace === '' ? bindingNamespace : namespace;
      return home !== undefined && username === serviceAccountUser(home, name);
    }
  }
}
