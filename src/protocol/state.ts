import { z } from 'zod';
import { instanceStateSchema, placementSchema } from '../api/instance-state.ts';
import { REASON_NAMES } from '../api/reasons.ts';

/**
 * The state of one probe in one process. Counters only grow while the process lives, also across disarming and arming
 * again and across a restart of the agent, so whoever reads them can add and subtract without knowing the history. They belong to
 * `generation`: a changed probe starts from 0, as its hits, limits and findings do.
 */
export const probeStateSchema = z.object({
  uid: z.string().max(64),
  /** The generation of the probe that this state is about. */
  generation: z.int().min(0),
  state: instanceStateSchema,
  reason: z.enum(REASON_NAMES),
  message: z.string().max(1024).optional(),
  /** file:line:column in the source, where it was bound. */
  location: z.string().max(600).optional(),
  placement: placementSchema.optional(),
  /** Hits that passed condition and limits and became results. */
  hits: z.int().min(0),
  /** What `hits` would be without sampling and without the rate limit; only when the probe is sampled. */
  estimatedHits: z.int().min(0).optional(),
  dropped: z.array(z.object({ reason: z.enum(REASON_NAMES), count: z.int().min(0) })).max(16),
  cost: z
    .object({
      cpuMilliseconds: z.number().min(0),
      p50Microseconds: z.number().min(0),
      p99Microseconds: z.number().min(0),
      stallMilliseconds: z.number().min(0),
      /** Share of the time in which a sampled probe was in the code; absent when it is not sampled. */
      sampledShare: z.number().min(0).max(1).optional(),
    })
    .optional(),
});

export type ProbeState = z.infer<typeof probeStateSchema>;

/** What a runtime says of itself when it connects. Nothing outside `runtime/` may assume a language. */
export const processSchema = z.object({
  /** Random, made when the process starts: tells a restarted process from the old one. */
  instanceID: z.string().min(8).max(64),
  pid: z.int().min(0),
  /** A worker thread of the process that speaks for itself; absent for its main thread. */
  threadID: z.int().min(1).optional(),
  containerName: z.string().max(63).optional(),
  language: z.string().max(32),
  languageVersion: z.string().max(64),
  runtimeVersion: z.string().max(32),
  placements: z.array(placementSchema).max(8),
  /** The command line, for people; at most 256 characters, values of options that look secret are left out. */
  command: z.string().max(256),
});

export type ProcessInfo = z.infer<typeof processSchema>;
