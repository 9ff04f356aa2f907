import { z } from 'zod';
import { KINDS, type Probe, type ProbeKind } from './kinds.ts';

const withStatusSchema = z.looseObject({ status: z.unknown() });

/**
 * A probe as the API server has it. A status that does not fit the schema is read as absent: the operator writes status anew, and
 * what somebody else wrote there must not make the probe unreadable.
 * @throws z.ZodError if metadata or spec do not fit.
 */
export function parseProbe(kind: ProbeKind, raw: unknown): Probe {
  const { schema } = KINDS[kind];
  const whole = schema.safeParse(raw);
  if (whole.success) return whole.data;
  const { status: _, ...withoutStatus } = withStatusSchema.parse(raw);
  return schema.parse(withoutStatus);
}
