import { z } from 'zod';
import { DocumentIssues, type ManifestIssue } from './document-issues.ts';
import { checkFields, type JsonSchema } from './schema-rules.ts';
import type { YamlDocument } from './yaml-source.ts';

export interface ReadObject<T> {
  /** Undefined when something is wrong with it. */
  readonly object?: T;
  readonly issues: readonly ManifestIssue[];
}

/** How one kind of object is read. */
export interface ObjectForm<T> {
  readonly schema: z.ZodType<T>;
  /** Made when it is first needed, since every command would wait for it. */
  json(): JsonSchema;
}

/** @param open members of the object in which anything may stand. */
export function objectForm<T>(schema: z.ZodType<T>, open: readonly string[]): ObjectForm<T> {
  const anything = Object.fromEntries(open.map((name) => [name, {}]));
  let made: JsonSchema | undefined;
  const make = (): JsonSchema => {
    const { properties, ...json } = z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
    return { ...json, properties: { ...properties, ...anything } };
  };
  return {
    schema,
    json: () => {
      made ??= make();
      return made;
    },
  };
}

/** Reads an object by its schema; members that the schema does not have are errors, too. @param name as messages call it. */
export function readObject<T>(
  document: YamlDocument,
  file: string,
  name: string,
  { schema, json }: ObjectForm<T>,
): ReadObject<T> {
  const issues = new DocumentIssues(document, file, name);
  const parsed = schema.safeParse(document.value);
  issues.addSchemaIssues(parsed.error);
  for (const { path, message, aboutKey } of checkFields(document.value, json())) issues.add(path, message, aboutKey);
  return parsed.success && issues.list.length === 0 ? { object: parsed.data, issues: [] } : { issues: issues.list };
}
