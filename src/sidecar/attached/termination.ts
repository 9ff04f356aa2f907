import { writeFileSync } from 'node:fs';
import { KILLED_REASON, type TerminationMessage } from '../../protocol/termination-message.ts';

/** The kubelet keeps so many bytes. */
const MAX_BYTES = 4096;
const MAX_MESSAGE = 1024;
const MAX_SIGNALLED = 32;

/** How an attached agent ended: what the operator reads, and the exit code. */
export interface Termination extends Omit<TerminationMessage, 'version'> {
  readonly exitCode: 0 | 1;
}

/** The message as the kubelet takes it: JSON that is never cut. */
export function terminationText({ reason, message, user, signalled = [] }: Termination): string {
  const told = signalled.length === 0 ? undefined : signalled.slice(-MAX_SIGNALLED);
  for (let length = MAX_MESSAGE; ; length = Math.floor(length / 2)) {
    const whole: TerminationMessage = { version: 1, reason, message: message.slice(0, length), user, signalled: told };
    const text = JSON.stringify(whole);
    if (Buffer.byteLength(text) <= MAX_BYTES || length === 0) return text;
  }
}

/**
 * Writes down which processes got SIGUSR1 and are not entered yet, so that the next agent knows if this one is killed: it sends the signal to
 * none of them, and closes the inspectors that have opened.
 */
export function rememberSignalled(path: string, signalled: readonly string[]): void {
  const message = `it was killed; process ${signalled.map((key) => key.split('-')[0]).join(', ')} had got SIGUSR1`;
  const text =
    signalled.length === 0
      ? ''
      : terminationText({ reason: KILLED_REASON, message, signalled: [...signalled], exitCode: 1 });
  write(path, text);
}

/** Leaves the message for the kubelet. Where that is not possible, the exit code has to do. */
export function writeTermination(path: string, termination: Termination): void {
  write(path, terminationText(termination));
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch {
    // The log of the agent says the same.
  }
}
