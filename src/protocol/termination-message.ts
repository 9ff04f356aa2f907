import * as z from 'zod/mini';
import { list, text } from './bounded.ts';

/** Reason in the message of an agent that was killed while processes that it had signaled were not entered yet. */
export const KILLED_REASON = 'Killed';

/** What an attached agent writes for the kubelet when it ends, as JSON: the operator reads it in the pod's status. */
export const terminationMessageSchema = z.object({
  version: z.literal(1),
  reason: text(64),
  message: text(1024),
  /** The user that the target's processes have, where the agent has another: an agent with this one can enter them. */
  user: z.optional(z.object({ uid: z.int().check(z.minimum(0)), gid: z.int().check(z.minimum(0)) })),
  /** Processes that got SIGUSR1 in vain, as `PID-STARTTIME`: no later agent sends it again. */
  signalled: z.optional(list(text(64), 32)),
});
export type TerminationMessage = z.infer<typeof terminationMessageSchema>;
