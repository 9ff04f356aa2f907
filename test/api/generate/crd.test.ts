import { describe, expect, test } from 'vitest';
import { customResourceDefinition } from '../../../src/api/generate/crd.ts';
import { editorSchema } from '../../../src/api/generate/editor-schema.ts';
import type { StructuralSchema } from '../../../src/api/generate/structural-schema.ts';
import { PROBE_KINDS } from '../../../src/api/kinds.ts';

const root = (kind: (typeof PROBE_KINDS)[number]): StructuralSchema =>
  customResourceDefinition(kind).spec.versions[0].schema.openAPIV3Schema;

/** Every schema in a schema, with its path. */
function* members(schema: StructuralSchema, path: string): Generator<[string, StructuralSchema]> {
  yield [path, schema];
  for (const [name, member] of Object.entries(schema.properties ?? {})) yield* members(member, `${path}.${name}`);
  if (schema.items) yield* members(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* members(schema.additionalProperties, `${path}.*`);
}

describe.each(PROBE_KINDS)('the definition of %s', (kind) => {
  const all = Object.entries(root(kind).properties ?? {})
    .filter(([name]) => name === 'spec' || name === 'status')
    .flatMap(([name, schema]) => [...members(schema, name)]);

  test('bounds every string, list and map', () => {
    const unbounded = all.filter(
      ([, { type, maxLength, maxItems, additionalProperties, maxProperties, ...schema }]) =>
        (type === 'string' && maxLength === undefined && schema.enum === undefined && schema.format === undefined) ||
        (type === 'array' && maxItems === undefined) ||
        (additionalProperties !== undefined && maxProperties === undefined),
    );
    expect(unbounded.map(([path]) => path)).toEqual([]);
  });

  test('says of every list how it is merged', () => {
    const silent = all.filter(([, schema]) => schema.type === 'array' && !schema['x-kubernetes-list-type']);
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test('describes every member of spec', () => {
    const silent = all.filter(([path, { description }]) => /^spec.*[^\]*]$/.test(path) && !description);
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test('has status as a subresource and answers whether it is armed, where, how often and until when', () => {
    const [version] = customResourceDefinition(kind).spec.versions;
    expect(version.subresources).toEqual({ status: {} });
    const names = version.additionalPrinterColumns.filter(({ priority }) => !priority).map(({ name }) => name);
    expect(names).toEqual([
      'Armed',
      'Reason',
      'Location',
      'Pods',
      kind === 'Snapshot' ? 'Captures' : 'Hits',
      'Until',
      'Age',
    ]);
  });

  test('has an editor schema that knows no other members', () => {
    expect(editorSchema(kind)).toMatchObject({
      properties: {
        kind: { const: kind },
        spec: { additionalProperties: false, properties: { location: { additionalProperties: false } } },
      },
      additionalProperties: false,
    });
    expect(JSON.stringify(editorSchema(kind))).not.toContain('x-kubernetes');
  });
});
