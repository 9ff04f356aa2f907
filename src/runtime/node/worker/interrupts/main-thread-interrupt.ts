import { Session } from 'node:inspector';
import { GLOBAL_KEY } from '../../channel/global-key.ts';
import type { InterruptLock } from './interrupt-lock.ts';

/** An interrupt that V8 does not get to answer, because the thread is in native code. */
const INTERRUPT_MILLISECONDS = 1000;

/** Has a thread read its commands, even in the middle of a loop. */
export interface Interrupt {
  /** Does nothing while one is under way, or where the thread is in no state for it. */
  send(): void;
}

/** What an interrupted thread evaluates. */
export const READ_COMMANDS = `globalThis[${JSON.stringify(GLOBAL_KEY)}]?.readCommands()`;

/** Interrupts the main thread, through a session from this one that lives for the call. */
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
