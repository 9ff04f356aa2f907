import { z } from 'zod';
import { KINDS, type Probe, type ProbeKind } from './kinds.ts';

const withStatusSchema = z.looseObject({ status: z.unknown() });

/**
 * A probe as the API server has it. A status that does not fit the schema is taken for none: it is the operator's own work, and
 * whatever somebody else wrote there must not take the probe away.
 * @throws z.ZodError if anything else does not fit.
 */
export function parseProbe(kind: ProbeKind, raw: unknown): Probe {
  const { schema } = KINDS[kind];
  const whole = schema.safeParse(raw);
  if (whole.success) return whole.data;
  const { status: _, ...withoutStatus } = withStatusSchema.parse(raw);
  return schema.parse(withoutStatus);
}
