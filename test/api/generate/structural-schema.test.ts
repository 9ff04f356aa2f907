import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { NotStructuralError, structuralSchema } from '../../../src/api/generate/structural-schema.ts';

const lowered = (schema: z.ZodType) => structuralSchema(z.object({ member: schema })).properties?.member;

describe('a structural schema', () => {
  test.each<[string, z.ZodType, object]>([
    ['an integer without the limits of JavaScript', z.int(), { type: 'integer', format: 'int64' }],
    [
      'an integer with its own limits',
      z.int().min(1).max(9),
      { type: 'integer', format: 'int64', minimum: 1, maximum: 9 },
    ],
    ['a number', z.number().min(0), { type: 'number', minimum: 0 }],
    [
      'a bounded string',
      z.string().min(1).max(5).regex(/^a+$/),
      { type: 'string', minLength: 1, maxLength: 5, pattern: '^a+$' },
    ],
    ['a time by its format alone', z.iso.datetime({ offset: true }), { type: 'string', format: 'date-time' }],
    ['an enum with its default', z.enum(['A', 'B']).default('A'), { type: 'string', enum: ['A', 'B'], default: 'A' }],
    ['a constant', z.literal('x'), { type: 'string', enum: ['x'] }],
    [
      'a list with its kind',
      z.array(z.boolean()).max(3).meta({ 'x-kubernetes-list-type': 'atomic' }),
      { type: 'array', maxItems: 3, items: { type: 'boolean' }, 'x-kubernetes-list-type': 'atomic' },
    ],
    [
      'an object with defaults of its members',
      z.object({ a: z.int().default(1) }).prefault({}),
      { type: 'object', default: {}, properties: { a: { type: 'integer', format: 'int64', default: 1 } } },
    ],
    [
      'a map, the limits of its keys as a rule',
      z.record(z.string().min(1).max(9), z.string()),
      {
        type: 'object',
        additionalProperties: { type: 'string' },
        'x-kubernetes-validations': [
          { rule: 'self.all(k, size(k) >= 1 && size(k) <= 9)', message: 'keys need 1 to 9 characters' },
        ],
      },
    ],
  ])('has %s', (_what, schema, want) => {
    expect(lowered(schema)).toEqual(want);
  });

  test('requires what has no default', () => {
    const schema = z.object({ needed: z.string(), optional: z.string().optional(), defaulted: z.string().default('') });
    expect(structuralSchema(schema).required).toEqual(['needed']);
  });

  test.each<[string, z.ZodType]>([
    ['a union', z.union([z.string(), z.int()])],
    ['a member that may be null', z.string().nullable()],
    ['anything', z.unknown()],
    ['a tuple', z.tuple([z.string()])],
    ['a multiple', z.int().multipleOf(5)],
    ['an exclusive limit', z.number().gt(5)],
  ])('refuses %s, which would be lost', (_what, schema) => {
    expect(() => lowered(schema)).toThrow(NotStructuralError);
  });
});
