import { z } from 'zod';
import { type ResourceKind, resourceFacts } from '../../api/resources.ts';
import { unknownField } from './unknown-field.ts';
import type { Path } from './yaml-source.ts';

/** One violation of what the API server checks beyond types and bounds: CEL rules and unknown fields. */
export interface SchemaIssue {
  readonly path: Path;
  /** The key is wrong, not its value. */
  readonly aboutKey: boolean;
  readonly message: string;
}

export interface JsonSchema {
  readonly properties?: Record<string, JsonSchema>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  /** Of what may be null, too. */
  readonly anyOf?: readonly JsonSchema[];
  readonly 'x-kubernetes-validations'?: readonly { rule: string; message: string }[];
}

type Fields = Record<string, unknown>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const has = (fields: Fields, name: string): boolean => fields[name] !== undefined && fields[name] !== null;
const size = (value: unknown): number => (typeof value === 'object' && value !== null ? Object.keys(value).length : 0);

/** Every CEL rule of the schemas, word for word, with the same rule in JavaScript. A test compares the two. */
export const CEL_RULES: Readonly<Record<string, (self: Fields) => boolean>> = {
  '(has(self.matchLabels) && size(self.matchLabels) > 0) || (has(self.matchExpressions) && size(self.matchExpressions) > 0)':
    (self) => size(self.matchLabels) > 0 || size(self.matchExpressions) > 0,
  "!has(self.matchExpressions) || self.matchExpressions.all(e, (e.operator in ['In', 'NotIn']) == (has(e.values) && size(e.values) > 0))":
    (self) =>
      !Array.isArray(self.matchExpressions) ||
      self.matchExpressions.every(
        (entry: unknown) =>
          !isObject(entry) || (entry.operator === 'In' || entry.operator === 'NotIn') === size(entry.values) > 0,
      ),
  'has(self.selector) != has(self.workloadRef)': (self) => has(self, 'selector') !== has(self, 'workloadRef'),
  'has(self.line) != has(self.function)': (self) => has(self, 'line') !== has(self, 'function'),
  '!has(self.line) || has(self.file)': (self) => !has(self, 'line') || has(self, 'file'),
  "!has(self.allow) || (has(self.mode) && self.mode == 'AllowList')": (self) =>
    !has(self, 'allow') || self.mode === 'AllowList',
  '!has(self.standing) || !self.standing || !has(self.ttlSeconds)': (self) =>
    self.standing !== true || !has(self, 'ttlSeconds'),
  "self.action == 'Allow' || !has(self.expressions) || self.expressions != 'PropertiesOnly'": (self) =>
    self.action === 'Allow' || self.expressions !== 'PropertiesOnly',
  "self.action == 'Allow' || !has(self.otherFrames) || self.otherFrames": (self) =>
    self.action === 'Allow' || self.otherFrames !== false,
  "self.action == 'Allow' || !has(self.expressions) || !has(self.otherFrames)": (self) =>
    self.action === 'Allow' || !has(self, 'expressions') || !has(self, 'otherFrames'),
  '!has(self.at) || has(self.function)': (self) => !has(self, 'at') || has(self, 'function'),
};

const jsonSchemas = new Map<ResourceKind, JsonSchema>();

/** The schema of a kind's objects as people write them. */
export function jsonSchemaOf(kind: ResourceKind): JsonSchema {
  const known = jsonSchemas.get(kind) ?? (z.toJSONSchema(resourceFacts(kind).schema, { io: 'input' }) as JsonSchema);
  jsonSchemas.set(kind, known);
  return known;
}

/** Broken CEL rules and unknown fields of an object of this kind, in the order of its fields. */
export function checkSchemaRules(kind: ResourceKind, object: unknown): SchemaIssue[] {
  const { properties = {} } = jsonSchemaOf(kind);
  return checkFields(object, { properties: { ...properties, metadata: {}, status: {} } });
}

/** The same of anything that has a schema. Where the schema names no members, anything may stand. */
export function checkFields(object: unknown, whole: JsonSchema): SchemaIssue[] {
  const issues: SchemaIssue[] = [];
  const walk = (value: unknown, outer: JsonSchema, path: Path): void => {
    if (Array.isArray(value)) {
      const { items } = alternative(outer, 'items');
      if (items !== undefined) for (const [index, item] of value.entries()) walk(item, items, [...path, index]);
      return;
    }
    if (!isObject(value)) return;
    const schema = alternative(outer, 'properties');
    for (const { rule, message } of schema['x-kubernetes-validations'] ?? []) {
      if (CEL_RULES[rule]?.(value) === false) issues.push({ path, aboutKey: false, message });
    }
    const { properties } = schema;
    if (properties === undefined) return;
    for (const [name, member] of Object.entries(value)) {
      const inner = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (inner !== undefined) walk(member, inner, [...path, name]);
      else issues.push({ path: [...path, name], aboutKey: true, message: unknownField(name, Object.keys(properties)) });
    }
  };
  walk(object, whole, []);
  return issues;
}

/** The one that says something of such values. */
function alternative(schema: JsonSchema, of: 'items' | 'properties'): JsonSchema {
  return schema.anyOf?.find((one) => one[of] !== undefined) ?? schema;
}
