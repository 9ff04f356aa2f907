import { z } from 'zod';
import { REASON_NAMES } from '../api/reasons.ts';

/** Content of the annotation `davylamp.dev/injection`: what was done to the pod and what was left alone, with the reason. */
export const injectionRecordSchema = z.object({
  version: z.literal(1),
  containers: z.array(z.string()),
  /** Containers whose NODE_OPTIONS injection made, which replaces any that the image sets. */
  created: z.array(z.string()).optional(),
  skipped: z.array(z.object({ container: z.string(), reason: z.enum(REASON_NAMES) })),
});

export type InjectionRecord = z.infer<typeof injectionRecordSchema>;

/** @returns undefined when the annotation is absent or not of this form. */
export function parseInjectionRecord(annotation: string | undefined): InjectionRecord | undefined {
  if (annotation === undefined) return undefined;
  try {
    return injectionRecordSchema.parse(JSON.parse(annotation));
  } catch {
    return undefined;
  }
}
