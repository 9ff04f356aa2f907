import { z } from 'zod';

/** A schema as apiextensions.k8s.io/v1 wants it: structural, without references. */
export interface StructuralSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  format?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  maxItems?: number;
  minItems?: number;
  maxProperties?: number;
  properties?: Record<string, StructuralSchema>;
  required?: string[];
  items?: StructuralSchema;
  additionalProperties?: StructuralSchema;
  'x-kubernetes-validations'?: { rule: string; message: string }[];
  'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  'x-kubernetes-list-map-keys'?: string[];
}

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A zod schema uses something that a custom resource cannot have. */
export class NotStructuralError extends Error {
  override readonly name = 'NotStructuralError';
}

const COPIED = [
  'description',
  'default',
  'enum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
  'required',
  'x-kubernetes-validations',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
] as const;
const HANDLED = [
  '$schema',
  'type',
  'const',
  'format',
  'pattern',
  'minimum',
  'maximum',
  'properties',
  'items',
  'additionalProperties',
  'propertyNames',
];
const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean'] as const;

/**
 * The structural schema of a zod schema, as its input (before defaults) looks. Limits that zod adds for JavaScript's numbers are left out;
 * limits on the keys of a map, which Kubernetes has no keyword for, become a CEL rule.
 * @throws NotStructuralError for unions, references and every keyword that would be lost.
 */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  return lower(z.toJSONSchema(schema, { io: 'input' }), '');
}

function lower(schema: boolean | JsonSchema, path: string): StructuralSchema {
  if (typeof schema === 'boolean') throw new NotStructuralError(`${path || 'the root'} has no schema`);
  const type = TYPES.find((name) => name === schema.type);
  if (type === undefined) throw new NotStructuralError(`${path || 'the root'} has no single type`);
  for (const keyword of Object.keys(schema)) {
    if (!HANDLED.includes(keyword) && !COPIED.some((name) => name === keyword)) {
      throw new NotStructuralError(`${path || 'the root'}: ${keyword} has no place in a custom resource`);
    }
  }
  const lowered: StructuralSchema = { type };
  for (const keyword of COPIED) {
    if (schema[keyword] !== undefined) Object.assign(lowered, { [keyword]: schema[keyword] });
  }
  if (schema.const !== undefined) lowered.enum = [schema.const];
  if (type === 'integer') lowered.format = 'int64';
  if (typeof schema.format === 'string') lowered.format = schema.format;
  // A pattern beside a format only says the same again.
  else if (schema.pattern !== undefined) lowered.pattern = schema.pattern;
  if (schema.minimum !== undefined && schema.minimum !== Number.MIN_SAFE_INTEGER) lowered.minimum = schema.minimum;
  if (schema.maximum !== undefined && schema.maximum !== Number.MAX_SAFE_INTEGER) lowered.maximum = schema.maximum;
  if (schema.properties) {
    lowered.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, member]) => [name, lower(member, `${path}.${name}`)]),
    );
  }
  if (schema.items !== undefined) {
    if (Array.isArray(schema.items)) throw new NotStructuralError(`${path} is a tuple`);
    lowered.items = lower(schema.items, `${path}[]`);
  }
  if (schema.additionalProperties !== undefined) {
    lowered.additionalProperties = lower(schema.additionalProperties, `${path}.*`);
  }
  const keyRule = keyLengthRule(schema.propertyNames);
  if (keyRule) lowered['x-kubernetes-validations'] = [...(lowered['x-kubernetes-validations'] ?? []), keyRule];
  return lowered;
}

function keyLengthRule(names: boolean | JsonSchema | undefined): { rule: string; message: string } | undefined {
  if (typeof names !== 'object' || (names.minLength === undefined && names.maxLength === undefined)) return undefined;
  const least = names.minLength ?? 0;
  const most = names.maxLength;
  const limits = [`size(k) >= ${least}`, ...(most === undefined ? [] : [`size(k) <= ${most}`])];
  return {
    rule: `self.all(k, ${limits.join(' && ')})`,
    message: most === undefined ? `keys need at least ${least} characters` : `keys need ${least} to ${most} characters`,
  };
}
