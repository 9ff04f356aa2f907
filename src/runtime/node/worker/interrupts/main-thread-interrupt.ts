import { Session } from 'node:inspector';
import { GLOBAL_KEY } from '../../channel/global-key.ts';
import type { InterruptLock } from './interrupt-lock.ts';

/** How long an interrupt may take: V8 does not answer while the thread is in native code. */
const INTERRUPT_MILLISECONDS = 1000;

/** Has a thread read its commands, even in the middle of a loop. */
export interface Interrupt {
  /** Does nothing during another interrupt, and while the thread pauses or the process ends. */
  send(): void;
}

/** What an interrupted thread evaluates. */
export const READ_COMMANDS = `globalThis[${JSON.stringify(GLOBAL_KEY)}]?.readCommands()`;

/** Interrupts the main thread, through an inspector session from this thread that lives for one evaluation. */
export function mainThreadInterrupt(interruptLock: InterruptLock): Interrupt {
  return {
    send: () =>
      void interruptLock.take(INTERRUPT_MILLISECONDS, (done) => {
        const session = new Session();
        session.connectToMainThread();
        session.post('Runtime.evaluate', { expression: READ_COMMANDS, silent: true }, done);
        return () => session.disconnect();
      }),
  };
}
