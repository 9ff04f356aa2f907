import { AttachError } from '../../attach/attach-error.ts';
import { type ProcessKey, unenteredProcess } from '../../attach/unentered-process.ts';
import type { ProcessStates } from '../../protocol/gateway-messages.ts';
import { MAX_MESSAGE } from '../../protocol/limits.ts';
import type { WireProbe } from '../../protocol/wire-probe.ts';
import type { Refused } from './entrances.ts';
import type { Found } from './node-processes.ts';

/** What is desired of the container now. */
export interface Desired {
  readonly revision: number;
  readonly probes: readonly WireProbe[];
}

/** @returns the states of processes that cannot speak for themselves: in each, every probe has failed, and says why. */
export function unenteredStates(refused: readonly Refused[], desired: Desired, container: string): ProcessStates[] {
  return refused.map(({ error, commandLine, ...key }) => {
    const wanted = desired.probes.filter(({ containerName }) => (containerName ?? container) === container);
    const { reason, finding } = error;
    return {
      process: unenteredProcess(key, commandLine, container),
      revision: desired.revision,
      probes: wanted.map(({ uid, generation }) => {
        return {
          uid,
          generation,
          state: 'Failed',
          reason,
          message: finding.slice(0, MAX_MESSAGE),
          hits: 0,
          dropped: [],
        };
      }),
    };
  });
}

/** @returns the container's first process, as one that cannot be entered, where none of its processes is Node.js. */
export function withoutNode({ node, other, isUnsettled }: Found): Refused | undefined {
  if (node.length > 0 || other === undefined || isUnsettled) return undefined;
  const { finding, ...key }: ProcessKey & { readonly finding: string } = other;
  const error = new AttachError('NoSupportedRuntime', `no process of the container is Node.js: ${finding}`);
  return { ...key, commandLine: [], error };
}
