/** One type of object as the API server's paths name it. `group` is empty for the core group. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Names one object. `namespace` is left out for cluster-scoped resources. */
export interface ObjectRef {
  readonly namespace?: string;
  readonly name: string;
}

export interface ResourcePlace {
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

const resource = (group: string, version: string, plural: string, kind: string, namespaced: boolean): Resource => ({
  group,
  version,
  plural,
  kind,
  namespaced,
});

export const PODS = resource('', 'v1', 'pods', 'Pod', true);
export const CONFIG_MAPS = resource('', 'v1', 'configmaps', 'ConfigMap', true);
export const SERVICES = resource('', 'v1', 'services', 'Service', true);
export const SECRETS = resource('', 'v1', 'secrets', 'Secret', true);
export const NAMESPACES = resource('', 'v1', 'namespaces', 'Namespace', false);
export const LEASES = resource('coordination.k8s.io', 'v1', 'leases', 'Lease', true);
export const DEPLOYMENTS = resource('apps', 'v1', 'deployments', 'Deployment', true);
export const EVENTS = resource('events.k8s.io', 'v1', 'events', 'Event', true);
export const TOKEN_REVIEWS = resource('authentication.k8s.io', 'v1', 'tokenreviews', 'TokenReview', false);
export const SUBJECT_ACCESS_REVIEWS = resource(
  'authorization.k8s.io',
  'v1',
  'subjectaccessreviews',
  'SubjectAccessReview',
  false,
);
export const MUTATING_WEBHOOKS = resource(
  'admissionregistration.k8s.io',
  'v1',
  'mutatingwebhookconfigurations',
  'MutatingWebhookConfiguration',
  false,
);
export const VALIDATING_WEBHOOKS = resource(
  'admissionregistration.k8s.io',
  'v1',
  'validatingwebhookconfigurations',
  'ValidatingWebhookConfiguration',
  false,
);
export const CUSTOM_RESOURCE_DEFINITIONS = resource(
  'apiextensions.k8s.io',
  'v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
  false,
);

/** `v1` or `group/version`, as in an object's `apiVersion`. */
export function apiVersion(of: Resource): string {
  return of.group === '' ? of.version : `${of.group}/${of.version}`;
}

/**
 * The path of a collection, an object or a subresource. Every part is escaped, so that no name can lead to another path.
 * @throws RangeError if a part is empty, `.` or `..`, or if a namespace is given for a resource that has none.
 */
export function resourcePath(of: Resource, place: ResourcePlace = {}): string {
  const parts = of.group === '' ? ['api', of.version] : ['apis', of.group, of.version];
  if (place.namespace !== undefined) {
    if (!of.namespaced) throw new RangeError(`${of.plural} have no namespace`);
    parts.push('namespaces', segment(place.namespace));
  }
  parts.push(of.plural);
  if (place.name !== undefined) parts.push(segment(place.name));
  if (place.subresource !== undefined) parts.push(segment(place.subresource));
  return `/${parts.join('/')}`;
}

function segment(text: string): string {
  if (text === '' || text === '.' || text === '..')
    throw new RangeError(`${JSON.stringify(text)} is no name of an object`);
  return encodeURIComponent(text);
}
