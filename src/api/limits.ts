import { z } from 'zod';

/**
 * Every number that a probe may ask for, with its bounds, and what it is without a word of probe and policies. Not in the schemas as
 * `default`: the API server would write it into each object, and nobody could tell any more what its author asked for.
 */
export const BUILT_IN_DEFAULTS = {
  ttlSeconds: 1800,
  maxCaptures: 1,
  limits: {
    hitsPerSecond: 50,
    capturesPerSecond: 1,
    maxHits: 10_000,
    cpuMillisecondsPerSecond: 10,
    maxStallMilliseconds: 100,
    payloadBytes: 65_536,
  },
  capture: { frames: 5, depth: 3, fields: 20, items: 100, stringLength: 255 },
} as const;

const described = <T extends z.ZodType>(schema: T, description: string, unlessGiven: number | string) =>
  schema
    .optional()
    .meta({ description: `${description} Unless given: ${unlessGiven}, or less where a policy says so.` });

const { limits: LIMITS, capture: CAPTURE } = BUILT_IN_DEFAULTS;

export const ttlSecondsSchema = z.int().min(10).max(86_400);
export const maxCapturesSchema = z.int().min(1).max(50);

/** The members of `spec.limits` of a probe. */
export const LIMIT_SCHEMAS = {
  hitsPerSecond: z.int().min(1).max(5000),
  maxHits: z.int().min(1).max(1_000_000),
  cpuMillisecondsPerSecond: z.int().min(1).max(100),
  maxStallMilliseconds: z.int().min(1).max(10_000),
  payloadBytes: z.int().min(256).max(1_048_576),
} as const;

/** The numbers in `spec.capture` of a Snapshot. */
export const CAPTURE_SCHEMAS = {
  frames: z.int().min(0).max(20),
  depth: z.int().min(0).max(8),
  fields: z.int().min(0).max(500),
  items: z.int().min(0).max(1000),
  stringLength: z.int().min(0).max(16_384),
} as const;

export const probeTtlSchema = described(
  ttlSecondsSchema,
  'Seconds after creation or the last change of spec at which the probe is removed from every process.',
  BUILT_IN_DEFAULTS.ttlSeconds,
);

export const probeMaxCapturesSchema = described(
  maxCapturesSchema,
  'Captures over all pods, after which the probe is removed.',
  BUILT_IN_DEFAULTS.maxCaptures,
);

/** @param hitsPerSecond of this kind, unless given. */
export const limitsSchema = (hitsPerSecond: number) =>
  z
    .object({
      hitsPerSecond: described(
        LIMIT_SCHEMAS.hitsPerSecond,
        'Reported hits per second and process; further ones are counted as RateLimited.',
        hitsPerSecond,
      ),
      maxHits: described(
        LIMIT_SCHEMAS.maxHits,
        'Reported hits over all pods, after which the probe is removed.',
        LIMITS.maxHits,
      ),
      cpuMillisecondsPerSecond: described(
        LIMIT_SCHEMAS.cpuMillisecondsPerSecond,
        'CPU budget per process, in milliseconds of one core per second; above it the probe is sampled.',
        LIMITS.cpuMillisecondsPerSecond,
      ),
      maxStallMilliseconds: described(
        LIMIT_SCHEMAS.maxStallMilliseconds,
        'Longest single stop of the process that placing the probe may cause; a longer prediction refuses it.',
        LIMITS.maxStallMilliseconds,
      ),
      payloadBytes: described(
        LIMIT_SCHEMAS.payloadBytes,
        'Largest message or capture of one result, in bytes of JSON; the largest values are cut until it fits.',
        LIMITS.payloadBytes,
      ),
    })
    .optional()
    .meta({ description: 'What the probe may cost.' });

/** The numbers of `spec.capture`, as a Snapshot has them. */
export const captureShape = {
  frames: described(
    CAPTURE_SCHEMAS.frames,
    'Stack frames with variables; up to 20 more are listed without.',
    CAPTURE.frames,
  ),
  depth: described(CAPTURE_SCHEMAS.depth, 'Levels of objects inside objects.', CAPTURE.depth),
  fields: described(CAPTURE_SCHEMAS.fields, 'Fields of one object.', CAPTURE.fields),
  items: described(CAPTURE_SCHEMAS.items, 'Items of one array, Map or Set.', CAPTURE.items),
  stringLength: described(CAPTURE_SCHEMAS.stringLength, 'Characters of one string.', CAPTURE.stringLength),
} as const;

type Numbers<T> = { readonly [K in keyof T]: number };
/** Every limit of a probe, decided. */
export type Limits = Numbers<typeof LIMIT_SCHEMAS>;
/** How much of the values is kept, decided. */
export type CaptureNumbers = Numbers<typeof CAPTURE_SCHEMAS>;
