import { API_VERSION } from '../kinds.ts';
import { type ResourceKind, resourceFacts } from '../resources.ts';
import { type StructuralSchema, structuralSchema } from './structural-schema.ts';

/** A JSON Schema (draft 2020-12) for editors. */
export type EditorSchema = Record<string, unknown>;

/**
 * What an editor checks a manifest of one kind against. Stricter than the API server where that helps to find a slip of the keys (unknown
 * members are errors), and silent about `status`, which nobody writes by hand.
 */
export function editorSchema(kind: ResourceKind): EditorSchema {
  const { schema, scope } = resourceFacts(kind);
  const { description, properties } = structuralSchema(schema);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: kind,
    description,
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: {
      apiVersion: { const: API_VERSION },
      kind: { const: kind },
      metadata: {
        type: 'object',
        anyOf: [{ required: ['name'] }, { required: ['generateName'] }],
        properties: {
          name: { type: 'string' },
          ...(scope === 'Namespaced' && { namespace: { type: 'string' } }),
        },
      },
      spec: properties?.spec && strict(properties.spec),
      status: { type: 'object', readOnly: true },
    },
    additionalProperties: false,
  };
}

function strict(schema: StructuralSchema): EditorSchema {
  const { properties, items, additionalProperties, 'x-kubernetes-validations': rules, ...rest } = schema;
  const result: EditorSchema = { ...withoutKubernetes(rest) };
  if (rules) result.$comment = rules.map(({ message }) => message).join('; ');
  if (properties) {
    result.properties = Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, strict(member)]));
    result.additionalProperties = false;
  }
  if (additionalProperties) result.additionalProperties = strict(additionalProperties);
  if (items) result.items = strict(items);
  return result;
}

function withoutKubernetes(schema: StructuralSchema): EditorSchema {
  return Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => !keyword.startsWith('x-') && keyword !== 'format'),
  );
}
