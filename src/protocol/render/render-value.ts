import { Line } from '../framing/line.ts';
import type { CapturedValue } from '../value.ts';
import { shapeOf, typeOf, writeNumber } from '../value-types.ts';

const WHOLE = new Set(['redacted', 'getter', 'proxy', 'unavailable', 'bytes', 'time']);
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

function quoted(text: string, cut: boolean): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner}${cut ? '…' : ''}'`;
}

function primitive(value: CapturedValue): string {
  const text = value.text ?? '';
  const cut = value.notCaptured === 'length';
  switch (shapeOf(value)) {
    case 'string':
      return quoted(text, cut);
    case 'number':
      return writeNumber(value);
    case 'absent':
      return value.type;
    default:
      return text + (cut ? '…' : '');
  }
}

/** What is known of an object without its content: `Order`, `Array(3)`, `Map(2)`. */
function title(value: CapturedValue): string {
  const { shape, title: usual = value.type } = typeOf(value);
  const name = value.className ?? usual;
  const shown = name === 'null prototype' ? '[null prototype]' : name;
  return value.size === undefined || shape === 'object' ? shown : `${shown}(${value.size})`;
}

function list(
  line: Line,
  open: string,
  close: string,
  count: number,
  rest: string | undefined,
  one: (index: number) => void,
): void {
  line.add(open);
  for (let index = 0; index < count && !line.full; index++) {
    if (index > 0) line.add(', ');
    one(index);
  }
  if (rest !== undefined) line.add(`${count > 0 ? ', ' : ''}…${rest}`);
  line.add(close);
}

/** How many parts are not shown, and why, unless the reason is a limit of the probe; undefined when all are shown. */
export function moreOf({ notCaptured, size }: CapturedValue, shown: number): string | undefined {
  if (notCaptured === undefined) return undefined;
  const count = size !== undefined && size > shown ? `${size - shown} more` : '';
  if (notCaptured !== 'bytes' && notCaptured !== 'time') return count;
  return `${count === '' ? 'more' : count}: out of ${notCaptured}`;
}

function render(line: Line, value: CapturedValue): void {
  if (line.full) return;
  const { notCaptured } = value;
  if (notCaptured !== undefined && WHOLE.has(notCaptured) && !value.fields && !value.items && !value.entries) {
    line.add(
      notCaptured === 'unavailable' && value.className
        ? `${value.className} <unavailable>`
        : missing(notCaptured, value.text),
    );
    return;
  }
  if (notCaptured === 'circular') {
    line.add(`<circular ${title(value)}>`);
    return;
  }
  const { className } = value;
  switch (shapeOf(value)) {
    case 'list': {
      if (!value.items) {
        line.add(`${title(value)} […]`);
        return;
      }
      if (className !== undefined) line.add(`${title(value)} `);
      const { items } = value;
      const shown = items.reduce((sum, item) => sum + (shapeOf(item) === 'gap' ? (item.size ?? 1) : 1), 0);
      list(line, '[', ']', items.length, moreOf(value, shown), (index) => {
        const item = items[index];
        if (item) render(line, item);
      });
      return;
    }
    case 'map': {
      const { entries } = value;
      line.add(title(value));
      list(line, ' {', '}', entries?.length ?? 0, moreOf(value, entries?.length ?? 0), (index) => {
        const entry = entries?.[index];
        if (!entry) return;
        render(line, entry[0]);
        line.add(' => ');
        render(line, entry[1]);
      });
      return;
    }
    case 'set': {
      const { items } = value;
      line.add(title(value));
      list(line, ' {', '}', items?.length ?? 0, moreOf(value, items?.length ?? 0), (index) => {
        const item = items?.[index];
        if (item) render(line, item);
      });
      return;
    }
    case 'error':
      error(line, value);
      return;
    case 'object':
      if (className !== undefined) line.add(`${title(value)} `);
      fields(line, value, value.fields ?? []);
      return;
    case 'gap':
      line.add(value.size === undefined || value.size === 1 ? '<empty>' : `<${value.size} empty>`);
      return;
    case 'function':
      line.add(value.text === undefined ? '<function>' : `<function ${value.text}>`);
      return;
    case 'bytes':
      line.add(
        `${typeOf(value).title}(${value.size ?? 0}) <${value.text ?? ''}${notCaptured === undefined ? '' : '…'}>`,
      );
      return;
    case 'opaque':
      line.add(title(value));
      return;
    default:
      line.add(className === undefined ? primitive(value) : `${className} {${primitive(value)}}`);
      return;
  }
}

function missing(reason: string, detail: string | undefined): string {
  if (reason === 'bytes' || reason === 'time') return `<not captured: out of ${reason}>`;
  // Why an expression has no value, in the same words as in a message.
  if (reason === 'unavailable' && detail !== undefined) return `<${detail}>`;
  // The detail of a redacted value is its length or its hash.
  return reason === 'redacted' && detail !== undefined ? `<redacted:${detail}>` : `<${reason}>`;
}

function error(line: Line, value: CapturedValue): void {
  const cut = value.notCaptured === 'length' ? '…' : '';
  line.add(
    `${value.className ?? 'Error'}${value.text === undefined || value.text === '' ? '' : `: ${value.text}${cut}`}`,
  );
  const shown = (value.fields ?? []).filter(({ name }) => name !== 'stack');
  if (shown.length > 0) {
    line.add(' ');
    fields(line, value, shown);
  }
}

/** Reasons for which an object has fields that are not shown. */
const CUT: ReadonlySet<string> = new Set(['fields', 'bytes', 'time']);

function fields(line: Line, value: CapturedValue, shown: NonNullable<CapturedValue['fields']>): void {
  if (value.notCaptured === 'depth') {
    line.add('{…}');
    return;
  }
  const rest = CUT.has(value.notCaptured ?? '') ? moreOf(value, shown.length) : undefined;
  list(line, '{', '}', shown.length, rest, (index) => {
    const field = shown[index];
    if (!field) return;
    line.add(
      `${IDENTIFIER.test(field.name) || field.name.startsWith('Symbol(') ? field.name : quoted(field.name, false)}: `,
    );
    render(line, field.value);
  });
}

/**
 * A captured value in one line, at most `maxLength` characters:
 * `Order {id: 7, items: [{price: 60}, …2 more], password: <redacted>}`.
 */
export function renderValue(value: CapturedValue, maxLength: number): string {
  const line = new Line(maxLength);
  render(line, value);
  return line.end();
}
