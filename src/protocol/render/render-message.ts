import { Line } from '../framing/line.ts';
import type { CapturedField, CapturedValue } from '../value.ts';
import { shapeOf, typeOf, type ValueShape, writeNumber } from '../value-types.ts';
import { moreOf } from './render-value.ts';

/** The marker that stands in the place of a value that was not captured; undefined when there is a value. */
function missing({ notCaptured, type, className, text, fields, items, entries }: CapturedValue): string | undefined {
  if (fields ?? items ?? entries) return undefined;
  switch (notCaptured) {
    case 'bytes':
    case 'time':
      return `<not captured: out of ${notCaptured}>`;
    case 'redacted':
      return text === undefined ? '<redacted>' : `<redacted:${text}>`;
    case 'unavailable':
      return text === undefined ? '<unavailable>' : `<${text}>`;
    case 'getter':
    case 'proxy':
      return `<${notCaptured}>`;
    case 'circular':
      return `<circular ${className ?? type}>`;
    default:
      return undefined;
  }
}

/** A primitive, or a value for which JSON has no form, as text without quotes. */
function plainText(value: CapturedValue): string {
  const text = value.text ?? '';
  const end = value.notCaptured === 'length' ? '…' : '';
  switch (shapeOf(value)) {
    case 'number':
      return writeNumber(value);
    case 'absent':
      return value.type;
    case 'error':
      return `${value.className ?? 'Error'}${text === '' ? '' : `: ${text}${end}`}`;
    case 'function':
      return text === '' ? '<function>' : `<function ${text}>`;
    case 'bytes':
      return `<${typeOf(value).title} of ${value.size ?? 0}: ${text}${value.notCaptured === undefined ? '' : '…'}>`;
    case 'opaque':
      return `<${value.className ?? value.type}>`;
    case 'gap':
      return value.size === undefined || value.size === 1 ? '<empty>' : `<${value.size} empty>`;
    default:
      return text + end;
  }
}

/** How many parts are not shown; undefined when all are shown. */
function more(value: CapturedValue, shown: number): string | undefined {
  return moreOf(value, shown) || (value.notCaptured === undefined ? undefined : 'more');
}

/** Reasons for which an object has fields that are not shown. */
const CUT: ReadonlySet<string> = new Set(['fields', 'bytes', 'time']);

function list(line: Line, items: readonly CapturedValue[], rest: string | undefined): void {
  line.add('[');
  for (let index = 0; index < items.length && !line.full; index++) {
    if (index > 0) line.add(',');
    const item = items[index];
    if (item) json(line, item);
  }
  if (rest !== undefined) line.add(`${items.length > 0 ? ',' : ''}${JSON.stringify(`…${rest}`)}`);
  line.add(']');
}

function fields(line: Line, shown: readonly CapturedField[], rest: string | undefined): void {
  line.add('{');
  for (let index = 0; index < shown.length && !line.full; index++) {
    const field = shown[index];
    if (!field) continue;
    line.add(`${index > 0 ? ',' : ''}${JSON.stringify(field.name)}:`);
    json(line, field.value);
  }
  if (rest !== undefined) line.add(`${shown.length > 0 ? ',' : ''}"…":${JSON.stringify(rest)}`);
  line.add('}');
}

function map(line: Line, value: CapturedValue): void {
  const entries = value.entries ?? [];
  const rest = more(value, entries.length);
  if (entries.every(([key]) => key.type === 'string')) {
    const named = entries.map(([key, content]) => ({ name: plainText(key), value: content }));
    fields(line, named, rest);
    return;
  }
  const pairs = entries.map(([key, content]) => ({ type: 'array', size: 2, items: [key, content] }));
  list(line, pairs, rest);
}

/** Shapes of values that have parts. */
const CONTAINERS: ReadonlySet<ValueShape> = new Set(['list', 'set', 'map', 'object']);

function isContainer(value: CapturedValue): boolean {
  if (value.fields ?? value.items ?? value.entries) return shapeOf(value) !== 'error';
  return CONTAINERS.has(shapeOf(value)) && value.notCaptured === undefined;
}

function container(line: Line, value: CapturedValue): void {
  const { items = [] } = value;
  const shape = shapeOf(value);
  if (shape === 'map') map(line, value);
  else if (shape === 'list' || shape === 'set') {
    const shown = items.reduce((sum, item) => sum + (shapeOf(item) === 'gap' ? (item.size ?? 1) : 1), 0);
    list(line, items, more(value, shown));
  } else
    fields(
      line,
      value.fields ?? [],
      CUT.has(value.notCaptured ?? '') ? more(value, value.fields?.length ?? 0) : undefined,
    );
}

/** A value for which the depth was not enough. */
function tooDeep(value: CapturedValue): string | undefined {
  if (value.notCaptured !== 'depth') return undefined;
  const shape = shapeOf(value);
  if (shape === 'list' || shape === 'set') return '[…]';
  return shape === 'object' || shape === 'map' ? '{…}' : undefined;
}

function json(line: Line, value: CapturedValue): void {
  if (line.full) return;
  const text = missing(value) ?? tooDeep(value);
  if (text !== undefined) line.add(JSON.stringify(text));
  else if (isContainer(value)) container(line, value);
  else if (value.type === 'null' || value.type === 'boolean') line.add(plainText(value));
  else if (value.type === 'number' && Number.isFinite(Number(value.text))) line.add(plainText(value));
  else if (shapeOf(value) === 'absent') line.add(JSON.stringify(`<${value.type}>`));
  else line.add(JSON.stringify(plainText(value)));
}

/**
 * A captured value inside a log message, at most `maxLength` characters: text, numbers and errors bare, everything that has
 * parts as short JSON, which programs that read logs can parse unless it was cut:
 * `{"id":7,"items":[{"price":60},"…2 more"],"password":"<redacted>"}`. Class names are left out; snapshots show them.
 */
export function renderMessageValue(value: CapturedValue, maxLength: number): string {
  const line = new Line(maxLength);
  const text = missing(value) ?? tooDeep(value);
  if (text !== undefined) line.add(text);
  else if (isContainer(value)) container(line, value);
  else line.add(plainText(value));
  return line.end();
}
