import * as z from 'zod/mini';
import { EXPRESSION_LEVELS } from '../api/expression-level.ts';
import { LEVELS } from '../api/level.ts';
import { REDACTION_MODES, REPLACEMENTS } from '../api/redaction.ts';
import { SINK_KINDS } from '../api/sink-kind.ts';
import { amount, count, list, text } from './bounded.ts';

/** Bounds of the API count characters, those of zod UTF-16 units, of which a character has up to two. */
const TEXT_UNITS = 2;

/** Patterns of places; what is absent restricts nothing. */
const placeShape = {
  rule: text(63),
  files: z.optional(list(text(TEXT_UNITS * 256), 32)),
  functions: z.optional(list(text(TEXT_UNITS * 256), 32)),
  packages: z.optional(list(text(TEXT_UNITS * 256), 32)),
  message: z.optional(text(TEXT_UNITS * 512)),
};

const placeLimits = { expressions: z.optional(z.enum(EXPRESSION_LEVELS)), otherFrames: z.optional(z.boolean()) };

/** Of the probe and all policies together. */
export const MAX_REDACTED_NAMES = 1024;
export const MAX_REDACTED_PATTERNS = 128;
export const MAX_PLACE_POLICIES = 64;

/**
 * What an agent and a runtime need to know of a probe; the same on both wires. It comes from the API object, with every
 * default filled in, and names no language.
 */
const base = {
  /** metadata.uid: the identity of the probe on every wire. */
  uid: z.string().check(z.minLength(1), z.maxLength(64)),
  generation: count,
  namespace: text(63),
  name: text(253),
  containerName: z.optional(text(63)),
  location: z.object({
    file: z.optional(text(512)),
    line: z.optional(z.int().check(z.minimum(1))),
    function: z.optional(text(256)),
    at: z.optional(z.enum(['Entry', 'Exit'])),
  }),
  condition: z.optional(text(TEXT_UNITS * 512)),
  /** Where results go besides the agent's log; absent from a gateway that says nothing of them. */
  sinkRefs: z.optional(list(z.object({ kind: z.enum(SINK_KINDS), name: text(253) }), 8)),
  /** Milliseconds since 1970; the runtime then removes the probe by itself, even without agent and operator. */
  expireTime: amount,
  limits: z.object({
    hitsPerSecond: z.number().check(z.positive()),
    /** What is left of the limit over all pods, as far as the operator knew. Captures, for a Snapshot. */
    remainingHits: count,
    cpuMillisecondsPerSecond: z.number().check(z.positive()),
    maxStallMilliseconds: z.number().check(z.positive()),
    payloadBytes: z.int().check(z.positive()),
    /** How far expressions may call functions of the application; `Checked` unless given. */
    calls: z.optional(z.enum(EXPRESSION_LEVELS)),
  }),
  /** What policies say of the place, each on its own: where one allows any, it denies all others. The process decides where it binds. */
  places: z.optional(
    list(
      z.object({
        policy: text(320),
        allow: list(z.object({ ...placeShape, ...placeLimits }), 64),
        deny: list(z.object({ ...placeShape, ...placeLimits }), 64),
      }),
      MAX_PLACE_POLICIES,
    ),
  ),
  /** What is hidden in addition to the names and shapes that always are. */
  redaction: z.optional(
    z.object({
      mode: z.enum(REDACTION_MODES),
      names: z.optional(list(text(TEXT_UNITS * 128), MAX_REDACTED_NAMES)),
      allow: z.optional(list(text(TEXT_UNITS * 128), 64)),
      /** Sources of linear patterns (redaction/patterns). */
      patterns: z.optional(list(text(TEXT_UNITS * 256), MAX_REDACTED_PATTERNS)),
      replacement: z.enum(REPLACEMENTS),
      /** Key of the hashes: one for each generation of a probe, the same in all its processes. No object of the cluster holds it. */
      key: z.optional(text(64)),
    }),
  ),
};

export const wireDynamicLogSchema = z.object({
  ...base,
  kind: z.literal('DynamicLog'),
  level: z.enum(LEVELS),
  message: text(TEXT_UNITS * 2048),
});

export const wireSnapshotSchema = z.object({
  ...base,
  kind: z.literal('Snapshot'),
  watch: list(text(TEXT_UNITS * 512), 16),
  capture: z.object({
    frames: count,
    depth: count,
    fields: count,
    items: count,
    stringLength: count,
    /** Variables that are captured, by their names in the source; all of them unless given. */
    only: z.optional(list(text(TEXT_UNITS * 128), 32)),
  }),
});

export const wireProbeSchema = z.discriminatedUnion('kind', [wireDynamicLogSchema, wireSnapshotSchema]);

export type WireProbe = z.infer<typeof wireProbeSchema>;
export type WireDynamicLog = z.infer<typeof wireDynamicLogSchema>;
export type WireSnapshot = z.infer<typeof wireSnapshotSchema>;
