import { z } from 'zod';
import { objectMetaSchema } from './kubernetes.ts';
import { LEVELS } from './level.ts';
import { BUILT_IN_DEFAULTS, limitsSchema, probeTtlSchema } from './limits.ts';
import {
  conditionExpressionSchema,
  freeText,
  locationSchema,
  redactionSchema,
  STANDING_RULE,
  sinkRefsSchema,
  standingSchema,
  targetSchema,
} from './probe.ts';
import { MAX_RECENT, probeStatusShape } from './status.ts';

export const dynamicLogSpecSchema = z
  .object({
    target: targetSchema,
    location: locationSchema,
    level: z.enum(LEVELS).default('Info').meta({ description: 'Level of the log line.' }),
    message: freeText(2048).meta({
      maxLength: 2048,
      description:
        'The log line. {expression} is replaced by its value in the scope of the line; {{ and }} stand for braces.',
    }),
    condition: conditionExpressionSchema,
    ttlSeconds: probeTtlSchema,
    standing: standingSchema,
    limits: limitsSchema(BUILT_IN_DEFAULTS.limits.hitsPerSecond),
    redaction: redactionSchema,
    sinkRefs: sinkRefsSchema,
  })
  .meta({ description: 'The log line that is asked for.', 'x-kubernetes-validations': [STANDING_RULE] });

export const recentSchema = z.object({
  time: z.iso.datetime({ offset: true }).meta({ description: 'When the line was reached.' }),
  podName: z.string().max(253),
  message: z.string().max(1024),
});

export const dynamicLogStatusSchema = z
  .object({
    ...probeStatusShape,
    recent: z
      .array(recentSchema)
      .max(MAX_RECENT)
      .optional()
      .meta({ description: 'The last ten lines, newest last.', 'x-kubernetes-list-type': 'atomic' }),
  })
  .meta({ description: 'What was observed.' });

export const dynamicLogSchema = z
  .object({
    apiVersion: z.literal('davylamp.dev/v1alpha1'),
    kind: z.literal('DynamicLog'),
    metadata: objectMetaSchema,
    spec: dynamicLogSpecSchema,
    status: dynamicLogStatusSchema.optional(),
  })
  .meta({ description: 'A log line in code that is already running.' });

export type DynamicLogSpec = z.infer<typeof dynamicLogSpecSchema>;
export type DynamicLogStatus = z.infer<typeof dynamicLogStatusSchema>;
export type DynamicLog = z.infer<typeof dynamicLogSchema>;
