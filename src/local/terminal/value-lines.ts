import { stripVTControlCharacters } from 'node:util';
import { moreOf, renderValue } from '../../protocol/render/render-value.ts';
import type { CapturedField, CapturedValue } from '../../protocol/value.ts';
import { shapeOf } from '../../protocol/value-types.ts';
import type { Paint } from './paint.ts';

/** Lines that are shown of one value; `-o json` has all of it. */
const MOST_LINES = 24;

/** A longer name, mostly a watched expression, has its value below instead of beside it. */
const MOST_NAME = 32;

/**
 * Names and values as a table: names in one column, values in the next, each on one line if it fits and as a tree if not.
 * @param width columns of the terminal that the table may take.
 */
export function fieldLines(fields: readonly CapturedField[], width: number, paint: Paint): string[] {
  const names = fields.map(({ name }) => plain(name));
  const start = Math.max(0, ...names.map(({ length }) => length).filter((length) => length <= MOST_NAME)) + 2;
  return fields.flatMap(({ value }, index) => {
    const name = names[index] ?? '';
    if (name.length > MOST_NAME) {
      return [paint.name(name), ...valueLines(value, width - 2, paint).map((line) => `  ${line}`)];
    }
    const [first = '', ...rest] = valueLines(value, Math.max(20, width - start), paint);
    return [
      paint.name(name) + ' '.repeat(start - name.length) + first,
      ...rest.map((line) => ' '.repeat(start) + line),
    ];
  });
}

/** The same table with every value on one line, cut where it must be. */
export function shortFieldLines(fields: readonly CapturedField[], width: number, paint: Paint): string[] {
  const names = fields.map(({ name }) => cut(plain(name), MOST_NAME));
  const start = Math.max(0, ...names.map(({ length }) => length)) + 2;
  return fields.map(({ value }, index) => {
    const name = names[index] ?? '';
    const text = cut(oneLine(value), Math.max(20, width - start));
    return paint.name(name) + ' '.repeat(start - name.length) + painted(value, text, paint);
  });
}

/** One value: on one line, or its head and then its members, indented. */
export function valueLines(value: CapturedValue, width: number, paint: Paint): string[] {
  const line = oneLine(value);
  const members = membersOf(value);
  if (line.length <= width || members.length === 0) return [painted(value, cut(line, width), paint)];
  const lines = fieldLines(members, width - 2, paint).map((member) => `  ${member}`);
  const shown = lines.length > MOST_LINES ? lines.slice(0, MOST_LINES - 1) : lines;
  const left = lines.length - shown.length;
  return [
    paint.bold(head(value)),
    ...shown,
    ...rest(value, members.length).map((line) => paint.dim(line)),
    ...(left > 0 ? [paint.dim(`  … ${left} more lines (-o json has them all)`)] : []),
  ];
}

const oneLine = (value: CapturedValue): string => plain(renderValue(value, 2000));

/** The text of a captured string without characters that move the cursor or change colours. */
function plain(text: string): string {
  const stripped = stripVTControlCharacters(text);
  return stripped.replace(/\r?\n/g, '⏎').replace(/\p{Cc}/gu, '·');
}

const cut = (text: string, width: number): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text);

function membersOf(value: CapturedValue): CapturedField[] {
  return [
    ...(value.items ?? []).map((item, index) => ({ name: String(index), value: item })),
    ...(value.entries ?? []).map(([key, entry]) => ({
      name: cut(renderValue(key, MOST_NAME), MOST_NAME),
      value: entry,
    })),
    ...(value.fields ?? []),
  ];
}

/** Lines that say which parts of the value are missing, and why. */
function rest(value: CapturedValue, shown: number): string[] {
  const more = moreOf(value, shown);
  return more === undefined || more === '' ? [] : [`  …${more}`];
}

function head({ type, className, size, items, entries }: CapturedValue): string {
  const name = className ?? type.charAt(0).toUpperCase() + type.slice(1);
  const count = size ?? items?.length ?? entries?.length;
  return count === undefined ? name : `${name}(${count})`;
}

function painted(value: CapturedValue, text: string, paint: Paint): string {
  if (value.notCaptured === 'redacted') return paint.hidden(text);
  const shape = shapeOf(value);
  if (shape === 'string') return paint.string(text);
  if (shape === 'number' || shape === 'boolean') return paint.number(text);
  if (shape === 'absent') return paint.dim(text);
  return text.replace(/<redacted(?::[^<>]*)?>/g, (hidden) => paint.hidden(hidden));
}
