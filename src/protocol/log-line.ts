import { z } from 'zod';
import { PROBE_KINDS } from '../api/kinds.ts';
import { LEVELS } from '../api/level.ts';
import { captureResultSchema } from './result.ts';

/**
 * The default log sink: one result as one JSON line on the agent's standard output (`kubectl logs POD -c davylamp`), and the
 * output of `davylamp local -o json`. Lines of the agent's own log have `"kind": "Agent"`.
 */
export const logLineSchema = z.object({
  time: z.iso
    .datetime({ offset: true })
    .meta({ description: 'When the line was reached, RFC 3339 with milliseconds, UTC.' }),
  level: z.enum(LEVELS).meta({ description: 'Level of the DynamicLog; Info for a Snapshot.' }),
  kind: z.enum(PROBE_KINDS).meta({ description: 'Kind of the probe.' }),
  namespace: z.string().meta({ description: 'Namespace of the probe.' }),
  name: z.string().meta({ description: 'Name of the probe.' }),
  uid: z.string().meta({ description: 'metadata.uid of the probe.' }),
  pod: z.string().optional().meta({ description: 'Name of the pod; absent without a cluster.' }),
  container: z.string().optional().meta({ description: 'Name of the container.' }),
  pid: z.int().meta({ description: 'Process id inside the container.' }),
  threadID: z.int().optional().meta({ description: 'Worker thread of the process; absent for its main thread.' }),
  sequence: z.int().meta({ description: 'Number of the result in its thread; a gap is a lost result.' }),
  location: z.string().meta({ description: 'file:line:column in the source.' }),
  sampledShare: z.number().optional().meta({
    description:
      'Only when the probe is sampled: share of the time in which it is in the code, so the line stands for 1 / sampledShare lines.',
  }),
  traceID: z.string().optional().meta({ description: 'Active OpenTelemetry trace, 32 hexadecimal digits.' }),
  spanID: z.string().optional().meta({ description: 'Active OpenTelemetry span, 16 hexadecimal digits.' }),
  message: z.string().meta({ description: 'The line; for a Snapshot a one-line summary.' }),
  capture: z.optional(captureResultSchema).meta({ description: 'The whole capture of a Snapshot.' }),
});

export type LogLine = z.infer<typeof logLineSchema>;
