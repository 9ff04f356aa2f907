import type { AttachedAgent } from '../../pods/attached-agent.ts';
import { type TerminationMessage, terminationMessageSchema } from '../../protocol/termination-message.ts';

/** What an attached agent said when it ended. Processes of its container's user may have written it, so it is only a hint. */
export function parseTermination(text: string | undefined): TerminationMessage | undefined {
  if (text === undefined) return undefined;
  try {
    return terminationMessageSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Processes that got SIGUSR1 from earlier agents. */
export function signalledBefore(agents: readonly AttachedAgent[]): string[] {
  return [...new Set(agents.flatMap(({ termination }) => parseTermination(termination)?.signalled ?? []))];
}
