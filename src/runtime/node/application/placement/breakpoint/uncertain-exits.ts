import type { Site } from '../../../channel/positions.ts';
import { append } from '../../guard/intrinsics.ts';

/** Exceptions of one hook that wait for the worker's answer at a time. */
const MAX_WAITING = 20;

interface Waiting {
  readonly ticket: number;
  readonly confirm: () => void;
}

/** Exceptions of which it is not known yet whether they leave the function, by the ticket under which the worker is asked. */
export class UncertainExits {
  readonly #ask: (ticket: number, through: readonly Site[]) => void;
  #waiting: Waiting[] = [];
  #ticket = 0;

  constructor(ask: (ticket: number, through: readonly Site[]) => void) {
    this.#ask = ask;
  }

  /** @param confirm called when the worker has found that the exception comes through those frames. @returns whether there was room. */
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
