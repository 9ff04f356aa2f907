/** The parts of a JSON Schema that a table of fields shows; CRD schemas and JSON Schemas both have them. */
export interface FieldSchema {
  type?: unknown;
  format?: unknown;
  description?: unknown;
  default?: unknown;
  enum?: unknown;
  minimum?: unknown;
  maximum?: unknown;
  minLength?: unknown;
  maxLength?: unknown;
  minItems?: unknown;
  maxItems?: unknown;
  maxProperties?: unknown;
  properties?: Record<string, FieldSchema>;
  required?: string[];
  items?: FieldSchema;
  additionalProperties?: FieldSchema | boolean;
  $ref?: unknown;
}

/** One row per member, nested ones included: `target.selector.matchLabels`, `captures[].frames[].function`. */
export function fieldsTable(schema: FieldSchema): string {
  const rows = ['| Field | Type | Default | Limits | What |', '|---|---|---|---|---|'];
  addRows(rows, schema, '');
  return rows.join('\n');
}

function addRows(rows: string[], schema: FieldSchema, prefix: string): void {
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const path = `${prefix}${name}`;
    const needed = schema.required?.includes(name) ? ', required' : '';
    const cells = [
      `\`${path}\``,
      typeName(member) + needed,
      member.default === undefined || isEmptyObject(member.default) ? '' : `\`${JSON.stringify(member.default)}\``,
      limits(member),
      typeof member.description === 'string' ? member.description : '',
    ];
    rows.push(`| ${cells.map(escapeCell).join(' | ')} |`);
    if (member.type === 'array' && member.items) addRows(rows, member.items, `${path}[].`);
    else addRows(rows, member, `${path}.`);
  }
}

function typeName(schema: FieldSchema): string {
  if (typeof schema.$ref === 'string') return schema.$ref.replace(/^.*\//, '');
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.type === 'array') return `list of ${schema.items ? typeName(schema.items) : 'anything'}`;
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object') {
    return `map of ${typeName(schema.additionalProperties)}`;
  }
  return schema.format === 'date-time' ? 'time' : String(schema.type ?? 'any');
}

function limits(schema: FieldSchema): string {
  const parts: string[] = [];
  const between = (least: unknown, most: unknown, unit: string): void => {
    const low = typeof least === 'number' && Math.abs(least) < Number.MAX_SAFE_INTEGER ? least : undefined;
    const high = typeof most === 'number' && Math.abs(most) < Number.MAX_SAFE_INTEGER ? most : undefined;
    if (low !== undefined && high !== undefined) parts.push(`${low}–${high}${unit}`);
    else if (high !== undefined) parts.push(`≤ ${high}${unit}`);
    else if (low !== undefined) parts.push(`≥ ${low}${unit}`);
  };
  between(schema.minimum, schema.maximum, '');
  between(schema.minLength, schema.maxLength, ' characters');
  between(schema.minItems, schema.maxItems, ' items');
  between(undefined, schema.maxProperties, ' entries');
  return parts.join(', ');
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

export function escapeCell(text: string): string {
  return text.replace(/\|/g, '\\|').replace(/\s*\n\s*/g, ' ');
}
