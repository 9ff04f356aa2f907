import { MAX_TEXT } from '../../../../protocol/limits.ts';
import type { CapturedField, CapturedValue } from '../../../../protocol/value.ts';

/** Bytes of a value on the wire: the UTF-8 of its JSON. */
export const bytesOf = (json: unknown): number => Buffer.byteLength(JSON.stringify(json) ?? '');

/** Bytes of the comma behind a part. */
const COMMA = 1;
/** Bytes kept free for what a cut adds to a value: `,"size":1000000,"notCaptured":"length"`, and some more. */
const CUT_MARK = 48;
/** Types whose text may be cut. A part of a number would be another number. */
const CAN_BE_CUT: ReadonlySet<string> = new Set(['string', 'symbol', 'regexp', 'function']);

/** The text, or its beginning and an ellipsis, in at most `bytes` bytes of JSON, quotes included. */
export function fitText(text: string, bytes: number): string {
  if (text.length <= MAX_TEXT && bytesOf(text) <= bytes) return text;
  return `${beginning(text, bytes - bytesOf('…') + bytesOf(''), MAX_TEXT - 1)}…`;
}

/** The longest beginning of the text that has at most `bytes` bytes in JSON, quotes included; never half a character. */
function beginning(text: string, bytes: number, mostLength: number): string {
  let least = 0;
  let most = Math.min(text.length, mostLength, Math.max(0, bytes));
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (bytesOf(text.slice(0, middle)) <= bytes) least = middle;
    else most = middle - 1;
  }
  const last = text.charCodeAt(least - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? least - 1 : least);
}

/**
 * Fits parts into `room` bytes: small ones stay whole, larger ones are all cut to one size. Where even the least form of each is too
 * much, parts are left out from the end.
 * @param around bytes that each part takes beside itself.
 */
export function fitParts<T>(
  parts: readonly T[],
  shorten: (part: T, bytes: number) => T,
  room: number,
  around: readonly number[] = [],
): T[] {
  const sizes = parts.map((part, index) => bytesOf(part) + (around[index] ?? COMMA));
  const cap = capOf(sizes, room);
  const kept: T[] = [];
  let left = room;
  for (const [index, part] of parts.entries()) {
    const beside = around[index] ?? COMMA;
    const isWhole = (sizes[index] ?? 0) <= cap;
    const shown = isWhole ? part : shorten(part, cap - beside);
    left -= isWhole ? (sizes[index] ?? 0) : bytesOf(shown) + beside;
    if (left < 0) return kept;
    kept.push(shown);
  }
  return kept;
}

/** The size in bytes to which each larger part has to be cut, so that all fit into `room`; Infinity when all fit as they are. */
function capOf(sizes: readonly number[], room: number): number {
  const sorted = [...sizes].sort((one, other) => one - other);
  let left = room;
  for (const [index, size] of sorted.entries()) {
    const equal = left / (sorted.length - index);
    if (size > equal) return equal;
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}

/** The value cut to so many bytes; where that cannot be, its least form: its type, and that it is not shown. */
export function fitValue(value: CapturedValue, bytes: number): CapturedValue {
  if (bytesOf(value) <= bytes) return value;
  const { text, fields, items, entries, ...head } = value;
  const reason = value.notCaptured === 'redacted' ? 'redacted' : 'bytes';
  const least: CapturedValue = { ...head, notCaptured: reason };
  const room =
    bytes -
    bytesOf({ ...value, text: undefined, fields: fields && [], items: items && [], entries: entries && [] }) -
    CUT_MARK;
  if (room <= 0 || reason === 'redacted') return least;
  if (fields !== undefined) {
    const shorten = ({ name, value: inner }: CapturedField, most: number): CapturedField => ({
      name,
      value: fitValue(inner, most - bytesOf({ name, value: 0 })),
    });
    // The message of an error is mostly short, or tells more than the fields, so it may have half of the room.
    const said = text === undefined ? {} : { text: fitText(text, room / 2) };
    const kept = fitParts(fields, shorten, room - bytesOf(said));
    return {
      ...head,
      ...said,
      size: value.size ?? fields.length,
      fields: kept,
      ...mark(value, kept.length < fields.length),
    };
  }
  if (items !== undefined) {
    const kept = fitParts(items, fitValue, room);
    return { ...head, items: kept, ...mark(value, kept.length < items.length) };
  }
  if (entries !== undefined) {
    const shorten = ([key, inner]: readonly [CapturedValue, CapturedValue], most: number) =>
      [fitValue(key, most / 2), fitValue(inner, most / 2)] as const;
    const kept = fitParts(entries, shorten, room);
    return { ...head, entries: kept, ...mark(value, kept.length < entries.length) };
  }
  if (text === undefined || !CAN_BE_CUT.has(value.type)) return least;
  const shown = beginning(text, room + bytesOf(''), MAX_TEXT);
  return { ...head, text: shown, size: value.size ?? text.length, notCaptured: 'length' };
}

/** Why a value is not complete. */
const mark = ({ notCaptured }: CapturedValue, isShorter: boolean): Pick<CapturedValue, 'notCaptured'> =>
  isShorter ? { notCaptured: 'bytes' } : notCaptured === undefined ? {} : { notCaptured };
