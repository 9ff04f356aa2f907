import * as z from 'zod/mini';
import { LEVELS } from '../api/level.ts';
import { amount, count, list, share, text } from './bounded.ts';
import { capturedValueSchema } from './value.ts';

/** What one hit reported. `location` of frames is file:line:column in the source, and so is the order: top frame first. */

export const capturedVariableSchema = z.object({
  name: text(512),
  value: capturedValueSchema,
});

export const captureFrameSchema = z.object({
  function: text(256),
  location: text(600),
  this: z.optional(capturedValueSchema),
  locals: z.optional(list(capturedVariableSchema, 500)),
  closure: z.optional(list(capturedVariableSchema, 500)),
});

export const captureResultSchema = z.object({
  frames: list(captureFrameSchema, 40),
  watches: list(capturedVariableSchema, 16),
  /** How long the thread stood, in microseconds. */
  pauseMicroseconds: amount,
  /** What was cut to stay within limits.payloadBytes or the deadline. */
  cut: z.optional(text(1024)),
});

export const resultSchema = z.object({
  /** Counted from 1 by the process, over all its probes; a gap is a lost result. */
  sequence: z.int().check(z.minimum(1)),
  uid: text(64),
  generation: count,
  instanceID: text(64),
  /** Milliseconds since 1970, with a fraction where the clock has one. */
  time: amount,
  location: text(600),
  /** Share of the time in which a sampled probe is in the code, 0 to 1: this result stands for 1 / sampledShare of them. */
  sampledShare: z.optional(share),
  traceID: z.optional(text(32)),
  spanID: z.optional(text(16)),
  log: z.optional(z.object({ level: z.enum(LEVELS), message: text(65_536) })),
  capture: z.optional(captureResultSchema),
});

export type CaptureFrame = z.infer<typeof captureFrameSchema>;
export type CaptureResult = z.infer<typeof captureResultSchema>;
export type Result = z.infer<typeof resultSchema>;
