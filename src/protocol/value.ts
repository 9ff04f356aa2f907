import * as z from 'zod/mini';
import { list, text } from './bounded.ts';
import { MAX_CLASS_NAME, MAX_FIELDS, MAX_ITEMS, MAX_NAME, MAX_TEXT } from './limits.ts';

/**
 * A captured value, the same for every language. It is built inside the target process, already cut and redacted:
 * nothing that is not in here ever leaves the process.
 */
export interface CapturedValue {
  /**
   * One of the names that all languages share, or a name that only one language has: value-types.ts lists both. Code that reads values
   * compares with the shared names only, and asks `shapeOf` for the rest.
   */
  readonly type: string;
  /** Class name of objects, and only where it says more than `type`. */
  readonly className?: string;
  /**
   * The value of a primitive or date, the source of a regexp, the name of a function, the message of an error…, cut to the limit on strings.
   * Of a redacted value its length or hash, if anything.
   */
  readonly text?: string;
  /** Real length of a cut string, or size of an array, Map, Set or Buffer. */
  readonly size?: number;
  readonly fields?: readonly CapturedField[];
  readonly items?: readonly CapturedValue[];
  readonly entries?: readonly (readonly [CapturedValue, CapturedValue])[];
  /** Why the value, or a part of it, was not captured. */
  readonly notCaptured?: NotCaptured;
}

export interface CapturedField {
  readonly name: string;
  readonly value: CapturedValue;
}

export const NOT_CAPTURED = [
  'redacted',
  'depth',
  'fields',
  'items',
  'length',
  'bytes',
  'time',
  'circular',
  'getter',
  'proxy',
  'unavailable',
] as const;
export type NotCaptured = (typeof NOT_CAPTURED)[number];

export const capturedValueSchema: z.ZodMiniType<CapturedValue> = z
  .lazy(() =>
    z.object({
      type: text(64),
      className: z.optional(text(MAX_CLASS_NAME)),
      text: z.optional(text(MAX_TEXT)),
      size: z.optional(z.number()),
      fields: z.optional(list(capturedFieldSchema, MAX_FIELDS)),
      items: z.optional(list(capturedValueSchema, MAX_ITEMS)),
      entries: z.optional(list(z.tuple([capturedValueSchema, capturedValueSchema]), MAX_ITEMS)),
      notCaptured: z.optional(z.enum(NOT_CAPTURED)),
    }),
  )
  .register(z.globalRegistry, { id: 'CapturedValue' });

export const capturedFieldSchema: z.ZodMiniType<CapturedField> = z.object({
  name: text(MAX_NAME),
  value: capturedValueSchema,
});
