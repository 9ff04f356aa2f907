import * as z from 'zod/mini';
import { instanceStateSchema, placementSchema } from '../api/instance-state.ts';
import { REASON_NAMES } from '../api/reasons.ts';

/**
 * The state of one probe in one process. Counters only grow while the process lives, also across disarming and arming
 * again and across a restart of the agent, so whoever reads them can add and subtract without knowing the history. They belong to
 * `generation`: a changed probe starts from 0, as its hits, limits and findings do.
 */
export const probeStateSchema = z.object({
  uid: z.string().check(z.maxLength(64)),
  /** The generation of the probe that this state is about. */
  generation: z.int().check(z.minimum(0)),
  state: instanceStateSchema,
  reason: z.enum(REASON_NAMES),
  message: z.optional(z.string().check(z.maxLength(1024))),
  /** file:line:column in the source, where it was bound. */
  location: z.optional(z.string().check(z.maxLength(600))),
  placement: z.optional(placementSchema),
  /** Hits that passed condition and limits and became results. */
  hits: z.int().check(z.minimum(0)),
  /** What `hits` would be without sampling and without the rate limit; only when the probe is sampled. */
  estimatedHits: z.optional(z.int().check(z.minimum(0))),
  dropped: z
    .array(z.object({ reason: z.enum(REASON_NAMES), count: z.int().check(z.minimum(0)) }))
    .check(z.maxLength(16)),
  cost: z.optional(
    z.object({
      cpuMilliseconds: z.number().check(z.minimum(0)),
      p50Microseconds: z.number().check(z.minimum(0)),
      p99Microseconds: z.number().check(z.minimum(0)),
      stallMilliseconds: z.number().check(z.minimum(0)),
      /** Share of the time in which a sampled probe was in the code; absent when it is not sampled. */
      sampledShare: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
    }),
  ),
});

export type ProbeState = z.infer<typeof probeStateSchema>;

/** What a runtime says of itself when it connects. Nothing outside `runtime/` may assume a language. */
export const processSchema = z.object({
  /** Random, made when the process starts: tells a restarted process from the old one. */
  instanceID: z.string().check(z.minLength(8), z.maxLength(64)),
  pid: z.int().check(z.minimum(0)),
  /** A worker thread of the process that speaks for itself; absent for its main thread. */
  threadID: z.optional(z.int().check(z.minimum(1))),
  containerName: z.optional(z.string().check(z.maxLength(63))),
  language: z.string().check(z.maxLength(32)),
  languageVersion: z.string().check(z.maxLength(64)),
  runtimeVersion: z.string().check(z.maxLength(32)),
  placements: z.array(placementSchema).check(z.maxLength(8)),
  /** The command line, for people; at most 256 characters, values of options that look secret are left out. */
  command: z.string().check(z.maxLength(256)),
});

export type ProcessInfo = z.infer<typeof processSchema>;
