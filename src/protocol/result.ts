import { z } from 'zod';
import { LEVELS } from '../api/level.ts';
import { capturedValueSchema } from './value.ts';

/** What one hit reported. `location` of frames is file:line:column in the source, and so is the order: top frame first. */

export const capturedVariableSchema = z.object({ name: z.string().max(512), value: capturedValueSchema });

export const captureFrameSchema = z.object({
  function: z.string().max(256),
  location: z.string().max(600),
  this: capturedValueSchema.optional(),
  locals: z.array(capturedVariableSchema).max(500).optional(),
  closure: z.array(capturedVariableSchema).max(500).optional(),
});

export const captureResultSchema = z.object({
  frames: z.array(captureFrameSchema).max(40),
  watches: z.array(capturedVariableSchema).max(16),
  /** How long the thread stood, in microseconds. */
  pauseMicroseconds: z.number().min(0),
  /** What was cut to stay within limits.payloadBytes or the deadline. */
  cut: z.string().max(1024).optional(),
});

export const resultSchema = z.object({
  /** Counted from 1 by the process, over all its probes; a gap is a lost result. */
  sequence: z.int().min(1),
  uid: z.string().max(64),
  generation: z.int().min(0),
  instanceID: z.string().max(64),
  /** Milliseconds since 1970, with a fraction where the clock has one. */
  time: z.number().min(0),
  location: z.string().max(600),
  /** Share of the time in which a sampled probe is in the code, 0 to 1: this result stands for 1 / sampledShare of them. */
  sampledShare: z.number().min(0).max(1).optional(),
  traceID: z.string().max(32).optional(),
  spanID: z.string().max(16).optional(),
  log: z.object({ level: z.enum(LEVELS), message: z.string().max(65_536) }).optional(),
  capture: captureResultSchema.optional(),
});

export type CaptureFrame = z.infer<typeof captureFrameSchema>;
export type CaptureResult = z.infer<typeof captureResultSchema>;
export type Result = z.infer<typeof resultSchema>;
