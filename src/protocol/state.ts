import * as z from 'zod/mini';
import { instanceStateSchema, placementSchema } from '../api/instance-state.ts';
import { REASON_NAMES } from '../api/reasons.ts';
import { amount, count, declaredEnforcement, list, share, text } from './bounded.ts';
import { MAX_LOCATION, MAX_MESSAGE } from './limits.ts';

/**
 * The state of one probe in one process. Counters only grow while the process lives, also across disarming and arming
 * again and across a restart of the agent, so whoever reads them can add and subtract without knowing the history. They belong to
 * `generation`: a changed probe starts from 0, as its hits, limits and findings do.
 */
export const probeStateSchema = z.object({
  uid: text(64),
  /** The generation of the probe that this state is about. */
  generation: count,
  state: instanceStateSchema,
  reason: z.enum(REASON_NAMES),
  message: z.optional(text(MAX_MESSAGE)),
  /** file:line:column in the source, where the probe was bound. */
  location: z.optional(text(MAX_LOCATION)),
  placement: z.optional(placementSchema),
  /** Rules of redaction that are in force for it (redaction-hash.ts); absent for those that always are. */
  redactionHash: z.optional(text(64)),
  /** Milliseconds since 1970: when the probe comes back, while it is out of the code for a known time. */
  returnTime: z.optional(amount),
  /** Hits that passed condition and limits and became results. */
  hits: count,
  /** What `hits` would be without sampling and without the rate limit; only when the probe is sampled. */
  estimatedHits: z.optional(count),
  dropped: list(z.object({ reason: z.enum(REASON_NAMES), count: count }), 16),
  cost: z.optional(
    z.object({
      cpuMilliseconds: amount,
      p50Microseconds: amount,
      p99Microseconds: amount,
      stallMilliseconds: amount,
      /** Share of the time in which a sampled probe was in the code; absent when it is not sampled. */
      sampledShare: z.optional(share),
    }),
  ),
});

export type ProbeState = z.infer<typeof probeStateSchema>;

/** What a runtime says of itself when it connects. Nothing outside `runtime/` may assume a language. */
export const processSchema = z.object({
  /** Random, made when the process starts: tells a restarted process from the old one. */
  instanceID: z.string().check(z.minLength(8), z.maxLength(64)),
  pid: count,
  /** A worker thread of the process that speaks for itself; absent for its main thread. */
  threadID: z.optional(z.int().check(z.minimum(1))),
  containerName: z.optional(text(63)),
  language: text(32),
  languageVersion: text(64),
  runtimeVersion: text(32),
  placements: list(placementSchema, 8),
  /** What its runtime enforces; absent from one of an older version, which enforces nothing of it. */
  enforces: declaredEnforcement,
  /** The command line, for people; at most 256 UTF-16 units. Values of options that look secret are left out. */
  command: text(256),
});

export type ProcessInfo = z.infer<typeof processSchema>;
