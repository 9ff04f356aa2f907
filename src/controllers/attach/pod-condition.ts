import type { Reason } from '../../api/reasons.ts';
import { liveAgent } from '../../pods/attached-agent.ts';
import type { ObservedPod } from '../../pods/observed-pod.ts';
import { type AttachState, withTarget } from './decide.ts';
import { parseTermination } from './termination.ts';

/** What the pod's condition says of its agent. */
export interface AttachedCondition {
  readonly status: 'True' | 'False';
  readonly reason: Extract<Reason, 'Attached' | 'Attaching' | 'AttachEnded' | 'AttachFailed' | 'AttachForbidden'>;
  readonly message: string;
}

/**
 * The condition of a pod that was not injected; undefined while nobody ever wanted an agent in it.
 * @param state what is said while an agent is wanted and not connected.
 */
export function attachedCondition(
  { attachedAgents }: ObservedPod,
  isConnected: boolean,
  state: AttachState | undefined,
): AttachedCondition | undefined {
  const live = liveAgent(attachedAgents);
  if (live !== undefined && isConnected) {
    const message = `The agent in container ${live.name} looks into container ${live.target}.`;
    return { status: 'True', reason: 'Attached', message };
  }
  if (state !== undefined) {
    const { reason, message } = state;
    if (reason === 'Attaching' || reason === 'AttachFailed' || reason === 'AttachForbidden') {
      return { status: 'False', reason, message };
    }
  }
  const last = attachedAgents?.at(-1);
  if (last === undefined || live !== undefined) return undefined;
  if (last.isEndedWithTarget) return { status: 'False', reason: 'AttachEnded', message: withTarget(last) };
  const told = parseTermination(last.termination)?.message ?? `exit code ${last.exitCode}`;
  const reason = last.exitCode === 0 ? 'AttachEnded' : 'AttachFailed';
  return { status: 'False', reason, message: `The agent in container ${last.name} has ended: ${told}` };
}
