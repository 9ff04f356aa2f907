import { z } from 'zod';
import { LEVELS } from '../api/level.ts';
import { REDACTION_MODES, REPLACEMENTS } from '../redaction/options.ts';

/** The API counts characters, zod UTF-16 units, of which a character has up to two. */
const TEXT_UNITS = 2;

/**
 * What an agent and a runtime need to know of a probe; the same on both wires. It comes from the API object, with every
 * default filled in, and names no language.
 */
const base = {
  /** metadata.uid: the identity of the probe on every wire. */
  uid: z.string().min(1).max(64),
  generation: z.int().min(0),
  namespace: z.string().max(63),
  name: z.string().max(253),
  containerName: z.string().max(63).optional(),
  location: z.object({
    file: z.string().max(512).optional(),
    line: z.int().min(1).optional(),
    function: z.string().max(256).optional(),
    at: z.enum(['Entry', 'Exit']).optional(),
  }),
  condition: z
    .string()
    .max(TEXT_UNITS * 512)
    .optional(),
  /** Milliseconds since 1970; the runtime removes the probe then, whoever else is alive. */
  expireTime: z.number().min(0),
  limits: z.object({
    hitsPerSecond: z.number().positive(),
    /** What is left of the limit over all pods, as far as the operator knew. Captures, for a Snapshot. */
    remainingHits: z.int().min(0),
    cpuMillisecondsPerSecond: z.number().positive(),
    maxStallMilliseconds: z.number().positive(),
    payloadBytes: z.int().positive(),
    /** How far expressions may call functions of the application; as far as `Checked` unless given. */
    calls: z.enum(['PropertiesOnly', 'Proven', 'Checked']).optional(),
  }),
  /** What is hidden beyond what always is. */
  redaction: z
    .object({
      mode: z.enum(REDACTION_MODES),
      names: z
        .array(z.string().max(TEXT_UNITS * 128))
        .max(64)
        .optional(),
      allow: z
        .array(z.string().max(TEXT_UNITS * 128))
        .max(64)
        .optional(),
      replacement: z.enum(REPLACEMENTS),
      /** Key of the hashes: of one generation of one probe, the same in all its processes, and in no object of the cluster. */
      key: z.string().max(64).optional(),
    })
    .optional(),
};

export const wireDynamicLogSchema = z.object({
  ...base,
  kind: z.literal('DynamicLog'),
  level: z.enum(LEVELS),
  message: z.string().max(TEXT_UNITS * 2048),
});

export const wireSnapshotSchema = z.object({
  ...base,
  kind: z.literal('Snapshot'),
  watch: z.array(z.string().max(TEXT_UNITS * 512)).max(16),
  capture: z.object({
    frames: z.int().min(0),
    depth: z.int().min(0),
    fields: z.int().min(0),
    items: z.int().min(0),
    stringLength: z.int().min(0),
  }),
});

export const wireProbeSchema = z.discriminatedUnion('kind', [wireDynamicLogSchema, wireSnapshotSchema]);

export type WireProbe = z.infer<typeof wireProbeSchema>;
export type WireDynamicLog = z.infer<typeof wireDynamicLogSchema>;
export type WireSnapshot = z.infer<typeof wireSnapshotSchema>;

/** Probes that one pod may have at a time, and so the most that a frame holds. */
export const MAX_PROBES = 200;
