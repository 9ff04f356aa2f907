import { z } from 'zod';

/**
 * A captured value, the same for every language. It is built inside the target process, already cut and redacted:
 * nothing that is not in here ever leaves the process.
 */
export interface CapturedValue {
  /** JavaScript: typeof, or a built-in class in lower case: string, number, bigint, boolean, symbol, undefined, null, object, array, map, set, date, error, regexp, buffer, typedarray, function, promise, proxy, getter, weakref. */
  readonly type: string;
  /** Class name of objects, and only where it says more than `type`. */
  readonly className?: string;
  /** The value of a primitive, date, regexp, function name, error message…, cut to the limit on strings. Of a redacted one its length or hash, if anything. */
  readonly text?: string;
  /** Real length of a cut string, or size of an array, Map, Set or Buffer. */
  readonly size?: number;
  readonly fields?: readonly CapturedField[];
  readonly items?: readonly CapturedValue[];
  readonly entries?: readonly (readonly [CapturedValue, CapturedValue])[];
  /** Why there is nothing, or not all. */
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

export const capturedValueSchema: z.ZodType<CapturedValue> = z
  .lazy(() =>
    z.object({
      type: z.string().max(64),
      className: z.string().max(256).optional(),
      text: z.string().max(65_536).optional(),
      size: z.number().optional(),
      fields: z.array(capturedFieldSchema).max(1000).optional(),
      items: z.array(capturedValueSchema).max(2000).optional(),
      entries: z
        .array(z.tuple([capturedValueSchema, capturedValueSchema]))
        .max(2000)
        .optional(),
      notCaptured: z.enum(NOT_CAPTURED).optional(),
    }),
  )
  .meta({ id: 'CapturedValue' });

export const capturedFieldSchema: z.ZodType<CapturedField> = z.object({
  name: z.string().max(512),
  value: capturedValueSchema,
});
