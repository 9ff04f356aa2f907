import { inspect } from 'node:util';
import { z } from 'zod';
import { cutText } from '../../api/cut-text.ts';
import { dynamicLogSchema } from '../../api/dynamiclog.ts';
import { API_VERSION, GROUP, type Probe } from '../../api/kinds.ts';
import { clusterPolicySchema, type Policy, policySchema } from '../../api/policy.ts';
import { isPolicyKind, RESOURCE_KINDS, type ResourceKind } from '../../api/resources.ts';
import { snapshotSchema } from '../../api/snapshot.ts';
import { checkExpressions, checkProbe, expressionFields, type FieldIssue } from '../../expression/check-probe.ts';
import { knownLanguages } from '../../language/languages.ts';
import { checkPatterns, checkPolicy } from '../../policy/check-policy.ts';
import { checkSchemaRules } from './schema-rules.ts';
import type { Path, YamlDocument } from './yaml-source.ts';

/** One error in a manifest, and where it is. Line and column count from 1. */
export interface ManifestIssue {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `DynamicLog large-orders`, as far as it is known. */
  readonly object?: string;
  /** `spec.location.line`; empty for the whole document. */
  readonly field: string;
  readonly message: string;
}

/** Names that the API server accepts: of objects (DNS subdomain), and of namespaces (DNS label). */
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const SCHEMAS = {
  DynamicLog: dynamicLogSchema,
  Snapshot: snapshotSchema,
  InstrumentationPolicy: policySchema,
  ClusterInstrumentationPolicy: clusterPolicySchema,
} as const satisfies Readonly<Record<ResourceKind, z.ZodType<Probe | Policy>>>;

const headSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string().optional() }).optional(),
});

export interface ReadDocument {
  /** Undefined when something is wrong with it. */
  readonly object?: Probe | Policy;
  readonly issues: readonly ManifestIssue[];
}

/** Reads one object of our API group as API server and operator would. @returns undefined for documents of other API groups. */
export function readDocument(document: YamlDocument, file: string): ReadDocument | undefined {
  const head = headSchema.safeParse(document.value);
  if (!head.success || head.data.apiVersion.split('/')[0] !== GROUP) return undefined;
  const { apiVersion, kind, metadata } = head.data;
  const object = metadata?.name === undefined ? kind : `${kind} ${metadata.name}`;
  const issues: ManifestIssue[] = [];
  const complain = (path: Path, message: string, aboutKey = false): void => {
    const position = aboutKey ? document.keyPosition(path) : document.position(path);
    issues.push({ file, ...position, object, field: fieldName(path), message });
  };
  if (apiVersion !== API_VERSION) complain(['apiVersion'], `${apiVersion} is not served; use ${API_VERSION}`);
  else if (!isKnownKind(kind)) complain(['kind'], `${kind} is not known; there are ${RESOURCE_KINDS.join(', ')}`);
  if (issues.length > 0 || !isKnownKind(kind)) return { issues };

  const parsed = SCHEMAS[kind].safeParse(document.value);
  for (const issue of parsed.error?.issues ?? []) {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    complain(path, explain(issue, valueAt(document.value, path)));
  }
  for (const { path, message, aboutKey } of checkSchemaRules(kind, document.value)) complain(path, message, aboutKey);
  if (!parsed.success) {
    if (isPolicyKind(kind)) return { issues };
    // Expressions are checked even if something else is wrong, so that the author learns of all errors at once.
    const { spec } = writtenSchema.parse(document.value);
    const fields = expressionFields(kind, spec);
    for (const { field, message } of checkExpressions(fields, spec.location.at, knownLanguages())) {
      complain(fieldPath(field), message);
    }
    return { issues };
  }
  const read = parsed.data;
  const { name } = read.metadata;
  if (!NAME.test(name) || name.length > 253) {
    complain(['metadata', 'name'], `"${name}" must be lower case letters, digits, - and .`);
  }
  const namespace = 'namespace' in read.metadata ? read.metadata.namespace : undefined;
  if (namespace !== undefined && !NAMESPACE.test(namespace)) {
    complain(['metadata', 'namespace'], `"${namespace}" must be lower case letters, digits and -`);
  }
  for (const { field, message } of checkContent(read)) complain(fieldPath(field), message);
  return issues.length > 0 ? { issues } : { object: read, issues };
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

/** zod's message, with the value that it is about. */
function explain(issue: z.core.$ZodIssue, value: unknown): string {
  const message = issue.message.replace(/^Invalid input: /, '');
  if (value === undefined) return issue.code === 'invalid_type' ? 'required field is missing' : message;
  return `${message}, but it is ${cutText(shown(value), 80)}`;
}

/** A primitive as JSON; the first level of lists and objects, since anchors of YAML make huge and even circular ones of a few lines. */
function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? String(value);
  const options = { depth: 1, maxArrayLength: 10, maxStringLength: 80 };
  return inspect(value, { ...options, breakLength: Number.POSITIVE_INFINITY, compact: true });
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Object.getOwnPropertyDescriptor(at, part)?.value;
  }
  return at;
}

/** `spec.watch[1]` ⇄ ['spec', 'watch', 1] */
function fieldName(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

function fieldPath(field: string): Path {
  return [...field.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map((match) => match[1] ?? Number(match[2]));
}
