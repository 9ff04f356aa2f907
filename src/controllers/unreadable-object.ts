import type { Logger } from 'pino';
import { z } from 'zod';
import { API_VERSION, type ProbeKind } from '../api/kinds.ts';
import type { Reason } from '../api/reasons.ts';
import type { EventRecorder } from '../kube/event-recorder.ts';

const identitySchema = z.object({
  metadata: z.object({ namespace: z.string().optional(), name: z.string(), uid: z.string().optional() }),
});

/** Reports a probe that cannot be parsed and so counts as absent: in the log, and as an Event on the object. */
export function reportUnreadable(kind: ProbeKind, events: EventRecorder, log: Logger) {
  return (error: Error, raw: unknown): void => {
    const identity = identitySchema.safeParse(raw).data?.metadata;
    const problem = error instanceof z.ZodError ? problemOf(error) : error.message;
    log.warn({ kind, namespace: identity?.namespace, name: identity?.name, problem }, 'unreadable, counts as absent');
    if (identity === undefined) return;
    const reason: Reason = 'ObjectUnreadable';
    const note = `Counts as absent: ${problem}.`;
    events.record({ apiVersion: API_VERSION, kind, ...identity }, { type: 'Warning', reason, action: 'Read', note });
  };
}

function problemOf({ issues }: z.ZodError): string {
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return `${first?.path.join('.')}: ${first?.message}${more}`;
}
