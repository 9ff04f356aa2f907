import * as z from 'zod/mini';
import { LEVELS } from '../api/level.ts';
import { capturedValueSchema } from './value.ts';

/** What one hit reported. `location` of frames is file:line:column in the source, and so is the order: top frame first. */

export const capturedVariableSchema = z.object({
  name: z.string().check(z.maxLength(512)),
  value: capturedValueSchema,
});

export const captureFrameSchema = z.object({
  function: z.string().check(z.maxLength(256)),
  location: z.string().check(z.maxLength(600)),
  this: z.optional(capturedValueSchema),
  locals: z.optional(z.array(capturedVariableSchema).check(z.maxLength(500))),
  closure: z.optional(z.array(capturedVariableSchema).check(z.maxLength(500))),
});

export const captureResultSchema = z.object({
  frames: z.array(captureFrameSchema).check(z.maxLength(40)),
  watches: z.array(capturedVariableSchema).check(z.maxLength(16)),
  /** How long the thread stood, in microseconds. */
  pauseMicroseconds: z.number().check(z.minimum(0)),
  /** What was cut to stay within limits.payloadBytes or the deadline. */
  cut: z.optional(z.string().check(z.maxLength(1024))),
});

export const resultSchema = z.object({
  /** Counted from 1 by the process, over all its probes; a gap is a lost result. */
  sequence: z.int().check(z.minimum(1)),
  uid: z.string().check(z.maxLength(64)),
  generation: z.int().check(z.minimum(0)),
  instanceID: z.string().check(z.maxLength(64)),
  /** Milliseconds since 1970, with a fraction where the clock has one. */
  time: z.number().check(z.minimum(0)),
  location: z.string().check(z.maxLength(600)),
  /** Share of the time in which a sampled probe is in the code, 0 to 1: this result stands for 1 / sampledShare of them. */
  sampledShare: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
  traceID: z.optional(z.string().check(z.maxLength(32))),
  spanID: z.optional(z.string().check(z.maxLength(16))),
  log: z.optional(z.object({ level: z.enum(LEVELS), message: z.string().check(z.maxLength(65_536)) })),
  capture: z.optional(captureResultSchema),
});

export type CaptureFrame = z.infer<typeof captureFrameSchema>;
export type CaptureResult = z.infer<typeof captureResultSchema>;
export type Result = z.infer<typeof resultSchema>;
