import { z } from 'zod';
import { objectMetaSchema } from './kubernetes.ts';
import { BUILT_IN_DEFAULTS, captureShape, limitsSchema, probeMaxCapturesSchema, probeTtlSchema } from './limits.ts';
import {
  conditionExpressionSchema,
  expressionSchema,
  locationSchema,
  redactionSchema,
  STANDING_RULE,
  sinkRefsSchema,
  standingSchema,
  targetSchema,
} from './probe.ts';
import { MAX_CAPTURES, probeStatusShape } from './status.ts';

export const captureLimitsSchema = z
  .object({
    ...captureShape,
    only: z
      .array(
        z
          .string()
          .min(1)
          .max(128)
          .regex(/^[\p{L}_$][\p{L}\p{N}_$]*$/u, {
            error: 'A name of a variable is wanted, or this; expressions go into watch',
          }),
      )
      .min(1)
      .max(32)
      .optional()
      .meta({
        description:
          'Names of the only variables that are captured, as in the source; this for the object of a method. All variables unless given. Expressions go into watch.',
        'x-kubernetes-list-type': 'atomic',
      }),
  })
  .optional()
  .meta({ description: 'How much of the values is kept.' });

export const snapshotSpecSchema = z
  .object({
    target: targetSchema,
    location: locationSchema,
    condition: conditionExpressionSchema,
    watch: z.array(expressionSchema).max(16).optional().meta({
      description: 'Expressions whose values are reported beside the locals.',
      'x-kubernetes-list-type': 'atomic',
    }),
    capture: captureLimitsSchema,
    maxCaptures: probeMaxCapturesSchema,
    ttlSeconds: probeTtlSchema,
    standing: standingSchema,
    limits: limitsSchema(BUILT_IN_DEFAULTS.limits.capturesPerSecond),
    redaction: redactionSchema,
    sinkRefs: sinkRefsSchema,
  })
  .meta({ description: 'The snapshot that is asked for.', 'x-kubernetes-validations': [STANDING_RULE] });

const namedValueSchema = z.object({
  name: z.string().max(256),
  value: z.string().max(4096).meta({ description: 'The value as text, cut and redacted.' }),
});

export const capturedFrameSchema = z.object({
  function: z.string().max(256).meta({ description: 'Name of the function in the source.' }),
  location: z.string().max(600).meta({ description: 'Position in the source: file:line:column.' }),
  this: z.string().max(4096).optional(),
  locals: z.array(namedValueSchema).max(100).optional().meta({ 'x-kubernetes-list-type': 'atomic' }),
  closure: z.array(namedValueSchema).max(100).optional().meta({ 'x-kubernetes-list-type': 'atomic' }),
});

export const captureSchema = z
  .object({
    time: z.iso.datetime({ offset: true }),
    podName: z.string().max(253),
    containerName: z.string().max(63).optional(),
    processID: z.int().min(0).optional(),
    traceID: z.string().max(32).optional(),
    spanID: z.string().max(16).optional(),
    frames: z.array(capturedFrameSchema).max(40).meta({ 'x-kubernetes-list-type': 'atomic' }),
    watches: z
      .array(namedValueSchema.extend({ name: z.string().max(512) }))
      .max(16)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
    cut: z
      .string()
      .max(1024)
      .optional()
      .meta({ description: 'What was left out of status; the log of the agent has the whole.' }),
  })
  .meta({ description: 'One moment of the program.' });

export const snapshotStatusSchema = z
  .object({
    ...probeStatusShape,
    captureCount: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Captures that arrived, including those that status does not show.' }),
    captures: z
      .array(captureSchema)
      .max(MAX_CAPTURES)
      .optional()
      .meta({ description: 'The first captures, oldest first.', 'x-kubernetes-list-type': 'atomic' }),
  })
  .meta({ description: 'What was observed.' });

export const snapshotSchema = z
  .object({
    apiVersion: z.literal('davylamp.dev/v1alpha1'),
    kind: z.literal('Snapshot'),
    metadata: objectMetaSchema,
    spec: snapshotSpecSchema,
    status: snapshotStatusSchema.optional(),
  })
  .meta({ description: 'Stack, variables and watched expressions at a line of code that is already running.' });

export type SnapshotSpec = z.infer<typeof snapshotSpecSchema>;
export type SnapshotStatus = z.infer<typeof snapshotStatusSchema>;
export type Snapshot = z.infer<typeof snapshotSchema>;
export type StatusCapture = z.infer<typeof captureSchema>;
