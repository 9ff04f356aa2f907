import type { Requester } from '../../policy/requester.ts';
import { clusterRoleRules } from './cluster-roles.ts';
import type { Binding, PolicyRule, RbacObject } from './rbac-manifests.ts';
import { groupsOf, isSubject } from './subjects.ts';

/** What somebody wants to do with one object. */
export interface RbacQuestion {
  readonly verb: string;
  readonly apiGroup: string;
  /** In the plural; never a subresource. */
  readonly resource: string;
  readonly name: string;
  /** Where the right must hold. Bindings of the cluster hold everywhere. */
  readonly namespace: string;
}

/** Its members may do everything, whatever RBAC says. */
const PRIVILEGED = 'system:masters';

/** Answers as the RBAC authorizer of an API server does that has these objects: what no rule grants is not granted. */
export class Rbac {
  readonly #bindings: readonly Binding[];
  /** By namespace and name. */
  readonly #roles: ReadonlyMap<string, readonly PolicyRule[]>;
  readonly #clusterRoles: ReadonlyMap<string, readonly PolicyRule[]>;

  constructor(objects: readonly RbacObject[]) {
    this.#bindings = objects.filter((object) => object.kind === 'RoleBinding' || object.kind === 'ClusterRoleBinding');
    const roles = objects.filter((object) => object.kind === 'Role');
    this.#roles = new Map(roles.map(({ metadata, rules }) => [roleKey(metadata.namespace, metadata.name), rules]));
    this.#clusterRoles = clusterRoleRules(objects.filter((object) => object.kind === 'ClusterRole'));
  }

  /** Those in which more is granted than everywhere. */
  get namespaces(): ReadonlySet<string> {
    return new Set(
      this.#bindings.flatMap(({ kind, metadata }) => (kind === 'RoleBinding' ? [metadata.namespace] : [])),
    );
  }

  allows(requester: Requester, question: RbacQuestion): boolean {
    const groups = groupsOf(requester);
    if (groups.has(PRIVILEGED)) return true;
    return this.#bindings.some((binding) => {
      const namespace = binding.kind === 'RoleBinding' ? binding.metadata.namespace : undefined;
      return (
        (namespace === undefined || namespace === question.namespace) &&
        binding.subjects.some((subject) => isSubject(subject, requester, groups, namespace)) &&
        this.#rulesOf(binding).some((rule) => grants(rule, question))
      );
    });
  }

  /** None where the role is missing. */
  #rulesOf({ kind, metadata, roleRef }: Binding): readonly PolicyRule[] {
    if (roleRef.kind === 'ClusterRole') return this.#clusterRoles.get(roleRef.name) ?? [];
    return kind === 'RoleBinding' ? (this.#roles.get(roleKey(metadata.namespace, roleRef.name)) ?? []) : [];
  }
}

const roleKey = (namespace: string, name: string): string => `${namespace}/${name}`;

function grants({ verbs, apiGroups, resources, resourceNames }: PolicyRule, question: RbacQuestion): boolean {
  return (
    includes(verbs, question.verb) &&
    includes(apiGroups, question.apiGroup) &&
    includes(resources, question.resource) &&
    (resourceNames.length === 0 || resourceNames.includes(question.name))
  );
}

/** Only the whole word * stands for all; what is about subresources (`*` with a slash) is about no object itself. */
const includes = (words: readonly string[], word: string): boolean => words.includes('*') || words.includes(word);
