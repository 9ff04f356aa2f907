import { expect, it } from 'vitest';
import { RESOURCE_KINDS } from '../../../src/api/resources.ts';
import { CEL_RULES, jsonSchemaOf } from '../../../src/local/manifests/schema-rules.ts';

it('knows every CEL rule of the schemas, so that lint says what the API server would say', () => {
  const text = JSON.stringify(RESOURCE_KINDS.map(jsonSchemaOf));
  const rules = [...text.matchAll(/"rule":("(?:[^"\\]|\\.)*")/g)].map((match) => JSON.parse(match[1] ?? '""'));

  expect(rules.length).toBeGreaterThan(0);
  expect(Object.keys(CEL_RULES).sort()).toEqual([...new Set(rules)].sort());
});
