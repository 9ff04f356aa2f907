import { cutText } from '../../../../api/cut-text.ts';
import {
  MAX_CLASS_NAME,
  MAX_CUT,
  MAX_FIELDS,
  MAX_FRAMES,
  MAX_FUNCTION,
  MAX_ITEMS,
  MAX_LOCATION,
  MAX_NAME,
  MAX_TEXT,
  MAX_VARIABLES,
  MAX_WATCHES,
} from '../../../../protocol/limits.ts';
import type { CaptureResult } from '../../../../protocol/result.ts';
import type { CapturedField, CapturedValue } from '../../../../protocol/value.ts';

/** The capture cut to the bounds of the wire's schema, since the agent refuses what is longer. Redaction can have made a text longer. */
export function withinBounds(capture: CaptureResult): CaptureResult {
  const { cut } = capture;
  return {
    ...capture,
    frames: capture.frames.slice(0, MAX_FRAMES).map((frame) => ({
      ...frame,
      function: cutText(frame.function, MAX_FUNCTION),
      location: cutText(frame.location, MAX_LOCATION),
      ...(frame.this && { this: valueWithinBounds(frame.this) }),
      ...(frame.locals && { locals: fieldsWithinBounds(frame.locals, MAX_VARIABLES) }),
      ...(frame.closure && { closure: fieldsWithinBounds(frame.closure, MAX_VARIABLES) }),
    })),
    watches: fieldsWithinBounds(capture.watches, MAX_WATCHES),
    ...(cut !== undefined && { cut: cutText(cut, MAX_CUT) }),
  };
}

const fieldsWithinBounds = (fields: readonly CapturedField[], most: number): CapturedField[] =>
  fields.slice(0, most).map(({ name, value }) => ({ name: cutText(name, MAX_NAME), value: valueWithinBounds(value) }));

function valueWithinBounds(value: CapturedValue): CapturedValue {
  const { text, className, fields, items, entries } = value;
  const isLong = text !== undefined && text.length > MAX_TEXT;
  const isShorter =
    (fields?.length ?? 0) > MAX_FIELDS || (items?.length ?? 0) > MAX_ITEMS || (entries?.length ?? 0) > MAX_ITEMS;
  return {
    ...value,
    ...(className !== undefined && { className: cutText(className, MAX_CLASS_NAME) }),
    ...(isLong && { text: text.slice(0, MAX_TEXT), size: value.size ?? text.length }),
    ...(fields && { fields: fieldsWithinBounds(fields, MAX_FIELDS) }),
    ...(items && { items: items.slice(0, MAX_ITEMS).map(valueWithinBounds) }),
    ...(entries && {
      entries: entries
        .slice(0, MAX_ITEMS)
        .map(([key, inner]) => [valueWithinBounds(key), valueWithinBounds(inner)] as const),
    }),
    ...(isLong && value.notCaptured === undefined && { notCaptured: 'length' as const }),
    ...(isShorter && { notCaptured: 'bytes' as const }),
  };
}
