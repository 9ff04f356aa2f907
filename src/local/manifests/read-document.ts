import { z } from 'zod';
import { dynamicLogSchema } from '../../api/dynamiclog.ts';
import { API_VERSION, GROUP, type Probe } from '../../api/kinds.ts';
import { clusterPolicySchema, type Policy, policySchema } from '../../api/policy.ts';
import { isPolicyKind, RESOURCE_KINDS, type ResourceKind } from '../../api/resources.ts';
import { snapshotSchema } from '../../api/snapshot.ts';
import { checkExpressions, checkProbe, expressionFields, type FieldIssue } from '../../expression/check-probe.ts';
import { knownLanguages } from '../../language/languages.ts';
import { checkPatterns, checkPolicy } from '../../policy/check-policy.ts';
import { DocumentIssues, fieldPath } from './document-issues.ts';
import { isNamespaceName } from './given-namespace.ts';
import { headOf } from './object-head.ts';
import type { ReadObject } from './read-object.ts';
import { checkSchemaRules } from './schema-rules.ts';
import type { YamlDocument } from './yaml-source.ts';

/** Names of objects that the API server accepts: a DNS subdomain. */
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const SCHEMAS = {
  DynamicLog: dynamicLogSchema,
  Snapshot: snapshotSchema,
  InstrumentationPolicy: policySchema,
  ClusterInstrumentationPolicy: clusterPolicySchema,
} as const satisfies Readonly<Record<ResourceKind, z.ZodType<Probe | Policy>>>;

/** Cases for `davylamp policy test`, which stand beside manifests and are none. */
export const POLICY_TEST_KIND = 'PolicyTest';

/** What is said of an object of our API group whose kind is none of ours. */
export function unknownKind(kind: string): string {
  return `"${kind}" is not known; there are ${[...RESOURCE_KINDS, POLICY_TEST_KIND].join(', ')}`;
}

/** Reads one object of our API group as API server and operator would. @returns undefined for what is none: other API groups, PolicyTests. */
export function readDocument(document: YamlDocument, file: string): ReadObject<Probe | Policy> | undefined {
  const head = headOf(document);
  // By the group alone: whatever else is wrong in an object of ours must be said.
  if (head?.group !== GROUP || head.kind === POLICY_TEST_KIND) return undefined;
  const { apiVersion, kind, title } = head;
  const issues = new DocumentIssues(document, file, title);
  if (apiVersion !== API_VERSION) issues.add(['apiVersion'], `${apiVersion} is not served; use ${API_VERSION}`);
  else if (!isKnownKind(kind)) issues.add(['kind'], unknownKind(kind));
  if (issues.list.length > 0 || !isKnownKind(kind)) return { issues: issues.list };

  const parsed = SCHEMAS[kind].safeParse(document.value);
  issues.addSchemaIssues(parsed.error);
  for (const { path, message, aboutKey } of checkSchemaRules(kind, document.value)) issues.add(path, message, aboutKey);
  if (!parsed.success) {
    if (isPolicyKind(kind)) return { issues: issues.list };
    // Expressions are checked even if something else is wrong, so that the author learns of all errors at once.
    const { spec } = writtenSchema.parse(document.value);
    const fields = expressionFields(kind, spec);
    for (const { field, message } of checkExpressions(fields, spec.location.at, knownLanguages())) {
      issues.add(fieldPath(field), message);
    }
    return { issues: issues.list };
  }
  const read = parsed.data;
  const { name } = read.metadata;
  if (!NAME.test(name) || name.length > 253) {
    issues.add(['metadata', 'name'], `"${name}" must be lower case letters, digits, - and .`);
  }
  const namespace = 'namespace' in read.metadata ? read.metadata.namespace : undefined;
  if (namespace !== undefined && !isNamespaceName(namespace)) {
    issues.add(['metadata', 'namespace'], `"${namespace}" must be lower case letters, digits and -`);
  }
  for (const { field, message } of checkContent(read)) issues.add(fieldPath(field), message);
  return issues.list.length > 0 ? { issues: issues.list } : { object: read, issues: [] };
}

/** What is wrong beyond the schema: in expressions, and in patterns. */
function checkContent(object: Probe | Policy): readonly FieldIssue[] {
  if (object.kind === 'InstrumentationPolicy' || object.kind === 'ClusterInstrumentationPolicy')
    return checkPolicy(object);
  return [...checkProbe(object, knownLanguages()), ...checkPatterns(object.spec.redaction)];
}

/** What checking the expressions needs of a manifest that is otherwise wrong; anything else in it may be missing or of the wrong type. */
const writtenSchema = z
  .object({
    spec: z.looseObject({
      location: z.object({ at: z.enum(['Entry', 'Exit']).optional().catch(undefined) }).catch({}),
    }),
  })
  .catch({ spec: { location: {} } });

const isKnownKind = (kind: string): kind is ResourceKind => RESOURCE_KINDS.some((known) => known === kind);
