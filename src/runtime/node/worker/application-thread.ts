import type { MessagePort } from 'node:worker_threads';
import type { Command, CommandAnswers } from '../channel/commands.ts';
import type { Notice } from '../channel/notices.ts';
import type { Interrupt } from './interrupts/main-thread-interrupt.ts';

/** The application's thread is interrupted when it has not answered an urgent command for so long. */
const PATIENCE_MILLISECONDS = 50;
const INTERRUPT_AGAIN_MILLISECONDS = 200;

type AnswerOf<T extends Command> = CommandAnswers[T['type']];

/** The worker's end of the channel to the application's thread, which may be busy for seconds. */
export class ApplicationThread {
  readonly #port: MessagePort;
  readonly #onNotice: (notice: Exclude<Notice, { type: 'reply' }>) => void;
  readonly #interrupt: Interrupt;
  readonly #waiting = new Map<number, (reply: Extract<Notice, { type: 'reply' }>) => void>();
  /** Ids of unanswered commands for which the thread is interrupted. */
  readonly #urgent = new Set<number>();
  #lastId = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(port: MessagePort, onNotice: (notice: Exclude<Notice, { type: 'reply' }>) => void, interrupt: Interrupt) {
    this.#port = port;
    this.#onNotice = onNotice;
    this.#interrupt = interrupt;
    port.on('message', (notice: Notice) => this.#receive(notice));
  }

  /** @param isUrgent whether to interrupt the thread when it is busy. @returns the answer. @throws the error that the thread answered with. */
  async ask<T extends Command>(command: T, isUrgent = true): Promise<AnswerOf<T>> {
    const id = ++this.#lastId;
    const reply = await new Promise<Extract<Notice, { type: 'reply' }>>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#port.postMessage({ id, command });
      if (!isUrgent) return;
      this.#urgent.add(id);
      this.#timer ??= setTimeout(() => this.#interruptThread(), PATIENCE_MILLISECONDS);
    });
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply.answer as AnswerOf<T>;
  }

  #receive(notice: Notice): void {
    if (notice.type !== 'reply') {
      this.#onNotice(notice);
      return;
    }
    const resolve = this.#waiting.get(notice.id);
    this.#waiting.delete(notice.id);
    this.#urgent.delete(notice.id);
    if (this.#urgent.size === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    resolve?.(notice);
  }

  /** Has the application's thread read its commands, even in the middle of a loop, until no urgent one is left. */
  #interruptThread(): void {
    this.#timer = undefined;
    if (this.#urgent.size === 0) return;
    this.#timer = setTimeout(() => this.#interruptThread(), INTERRUPT_AGAIN_MILLISECONDS);
    this.#interrupt.send();
  }
}
