import type { Site } from '../../../channel/positions.ts';
import { append } from '../../guard/intrinsics.ts';

/** Exits by exception that wait for the worker to say whether they are any. */
const MAX_WAITING = 20;

interface Waiting {
  readonly ticket: number;
  readonly confirm: () => void;
}

/** Exceptions of which it is not known yet whether they leave the function, by the ticket under which that is asked. */
export class UncertainExits {
  readonly #ask: (ticket: number, through: readonly Site[]) => void;
  #waiting: Waiting[] = [];
  #ticket = 0;

  constructor(ask: (ticket: number, through: readonly Site[]) => void) {
    this.#ask = ask;
  }

  /** @param confirm is called once the exception is known to come through those frames. @returns whether there is room. */
  add(through: readonly Site[], confirm: () => void): boolean {
    if (this.#waiting.length >= MAX_WAITING) return false;
    const ticket = ++this.#ticket;
    append(this.#waiting, { ticket, confirm });
    this.#ask(ticket, through);
    return true;
  }

  settle(ticket: number, leaves: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    let confirm: (() => void) | undefined;
    for (let index = 0; index < waiting.length; index++) {
      const one = waiting[index] as Waiting;
      if (one.ticket === ticket) confirm = one.confirm;
      else append(this.#waiting, one);
    }
    if (leaves) confirm?.();
  }

  clear(): void {
    this.#waiting = [];
  }
}
