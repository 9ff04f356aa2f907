import { Session } from 'node:inspector';
import type { MessagePort } from 'node:worker_threads';
import { type Command, type CommandAnswers, GLOBAL_KEY, type Notice } from '../messages.ts';
import { DOORBELL, EXITING, PAUSING } from '../shared-memory.ts';

/** A command that the application's thread has not read for so long is brought in by interrupting it. */
const PATIENCE_MILLISECONDS = 50;
const RING_AGAIN_MILLISECONDS = 200;
/** A doorbell that V8 does not get to answer, because the thread is in native code. */
const RING_MILLISECONDS = 1000;

type AnswerOf<T extends Command> = CommandAnswers[T['type']];

/** The worker's end of the channel to the application's thread, which may be busy for seconds. */
export class ApplicationThread {
  readonly #port: MessagePort;
  readonly #control: Int32Array;
  readonly #onNotice: (notice: Exclude<Notice, { type: 'reply' }>) => void;
  readonly #isMain: boolean;
  readonly #waiting = new Map<number, (reply: Extract<Notice, { type: 'reply' }>) => void>();
  /** Ids of questions that the thread is interrupted for. */
  readonly #urgent = new Set<number>();
  #lastId = 0;
  #timer: NodeJS.Timeout | undefined;
  #isRinging = false;
  #stopRinging: () => void = () => {};

  /** @param isMain whether it is the main thread: no other can be interrupted, so a busy one answers when its loop turns. */
  constructor(
    port: MessagePort,
    control: Int32Array,
    onNotice: (notice: Exclude<Notice, { type: 'reply' }>) => void,
    isMain: boolean,
  ) {
    this.#isMain = isMain;
    this.#port = port;
    this.#control = control;
    this.#onNotice = onNotice;
    port.on('message', (notice: Notice) => this.#receive(notice));
  }

  /** @param isUrgent whether to interrupt the thread when it is busy. @returns the answer. @throws what the thread met. */
  async ask<T extends Command>(command: T, isUrgent = true): Promise<AnswerOf<T>> {
    const id = ++this.#lastId;
    const reply = await new Promise<Extract<Notice, { type: 'reply' }>>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#port.postMessage({ id, command });
      if (!isUrgent || !this.#isMain) return;
      this.#urgent.add(id);
      this.#timer ??= setTimeout(() => this.#ring(), PATIENCE_MILLISECONDS);
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

  /** Lets go of the application's thread at once, if a ring is under way. */
  stopRinging(): void {
    this.#stopRinging();
  }

  /** Runs the engine's reader on the application's thread, even in the middle of a loop. */
  #ring(): void {
    this.#timer = undefined;
    if (this.#urgent.size === 0) return;
    this.#timer = setTimeout(() => this.#ring(), RING_AGAIN_MILLISECONDS);
    if (this.#isRinging) return;
    // Announced before looking: the thread does the same the other way round, so it never pauses with us connected.
    Atomics.store(this.#control, DOORBELL, 1);
    if (Atomics.load(this.#control, PAUSING) === 1 || Atomics.load(this.#control, EXITING) === 1) {
      Atomics.store(this.#control, DOORBELL, 0);
      return;
    }
    this.#isRinging = true;
    const session = new Session();
    const done = () => {
      if (!this.#isRinging) return;
      this.#isRinging = false;
      this.#stopRinging = () => {};
      clearTimeout(limit);
      session.disconnect();
      Atomics.store(this.#control, DOORBELL, 0);
    };
    const limit = setTimeout(done, RING_MILLISECONDS);
    this.#stopRinging = done;
    try {
      session.connectToMainThread();
      session.post(
        'Runtime.evaluate',
        { expression: `globalThis[${JSON.stringify(GLOBAL_KEY)}]?.ring()`, silent: true },
        done,
      );
    } catch {
      done();
    }
  }
}
