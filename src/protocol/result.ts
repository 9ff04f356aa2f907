import * as z from 'zod/mini';
import { LEVELS } from '../api/level.ts';
import { amount, count, list, share, text } from './bounded.ts';
import {
  MAX_CUT,
  MAX_FRAMES,
  MAX_FUNCTION,
  MAX_LOCATION,
  MAX_NAME,
  MAX_TEXT,
  MAX_VARIABLES,
  MAX_WATCHES,
} from './limits.ts';
import { capturedValueSchema } from './value.ts';

/** What one hit reported. `location` of a frame is file:line:column in the source; the top frame comes first. */

export const capturedVariableSchema = z.object({
  name: text(MAX_NAME),
  value: capturedValueSchema,
});

export const captureFrameSchema = z.object({
  function: text(MAX_FUNCTION),
  location: text(MAX_LOCATION),
  this: z.optional(capturedValueSchema),
  locals: z.optional(list(capturedVariableSchema, MAX_VARIABLES)),
  closure: z.optional(list(capturedVariableSchema, MAX_VARIABLES)),
});

export const captureResultSchema = z.object({
  frames: list(captureFrameSchema, MAX_FRAMES),
  watches: list(capturedVariableSchema, MAX_WATCHES),
  /** How long the thread was paused, in microseconds. */
  pauseMicroseconds: amount,
  /** What was cut to stay within limits.payloadBytes or the deadline. */
  cut: z.optional(text(MAX_CUT)),
});

const resultShape = {
  /** Counted from 1 by the process, over all its probes; a gap is a lost result. */
  sequence: z.int().check(z.minimum(1)),
  uid: text(64),
  generation: count,
  instanceID: text(64),
  /** Milliseconds since 1970, with a fraction where the clock has one. */
  time: amount,
  location: text(MAX_LOCATION),
  /** Share of the time in which a sampled probe is in the code, 0 to 1: this result stands for 1 / sampledShare results. */
  sampledShare: z.optional(share),
  /** Rules of redaction by which it was made (redaction-hash.ts); absent for those that are always in force. */
  redactionHash: z.optional(text(64)),
  traceID: z.optional(text(32)),
  spanID: z.optional(text(16)),
};

export const logResultSchema = z.object({
  ...resultShape,
  kind: z.literal('DynamicLog'),
  log: z.object({ level: z.enum(LEVELS), message: text(MAX_TEXT) }),
});

export const snapshotResultSchema = z.object({
  ...resultShape,
  kind: z.literal('Snapshot'),
  capture: captureResultSchema,
});

export const resultSchema = z.discriminatedUnion('kind', [logResultSchema, snapshotResultSchema]);

export type CaptureFrame = z.infer<typeof captureFrameSchema>;
export type CaptureResult = z.infer<typeof captureResultSchema>;
export type LogResult = z.infer<typeof logResultSchema>;
export type SnapshotResult = z.infer<typeof snapshotResultSchema>;
export type Result = z.infer<typeof resultSchema>;
