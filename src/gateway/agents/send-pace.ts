/** How long the first set waits: what the pod is to have is planned when its agent has connected. */
const FIRST_MILLISECONDS = 50;
/** Shortest time between two sets. */
const COALESCE_MILLISECONDS = 100;
/** How long a set waits for the agent's answer to the one before. */
const ANSWER_MILLISECONDS = 250;
/** How long a change waits for others that nobody waits for. */
const PATIENT_MILLISECONDS = 2000;

/**
 * Says when the desired set of one connection is sent. Every set costs an answer with all states of the pod, which costs more than the set,
 * and changes come in groups, of all probes of a pod. So a change after a quiet time is sent at once, and those that follow are sent together.
 */
export class SendPace {
  readonly #send: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  /** Of `performance.now()`, as {@link #lastSent}. */
  #notBefore = performance.now() + FIRST_MILLISECONDS;
  #lastSent = 0;
  /** Before that moment nobody wants the change for which the timer runs, and when it fires. */
  #wantedAt = 0;
  #timerAt = 0;
  #unanswered: number | undefined;

  /** @param send sends the newest set, now or soon, and says so with {@link begun} and {@link sent}. */
  constructor(send: () => void) {
    this.#send = send;
  }

  /** The set has changed. @param isUrgent whether somebody waits for it; else it goes with the next change, two seconds later at most. */
  changed(isUrgent = true): void {
    if (this.#isDue) return;
    const wantedAt = isUrgent ? 0 : performance.now() + PATIENT_MILLISECONDS;
    if (this.#timer !== undefined && this.#wantedAt <= wantedAt) return;
    this.#wantedAt = wantedAt;
    this.#wait();
  }

  #wait(): void {
    const at = Math.max(this.#notBefore, this.#wantedAt);
    if (this.#timer !== undefined && this.#timerAt <= at) return;
    this.stop();
    this.#timerAt = at;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#isDue = true;
        this.#send();
      },
      Math.max(0, at - performance.now()),
    );
  }

  /** The newest set is about to be read: what changes from now on needs another one. */
  begun(): void {
    this.#isDue = false;
  }

  sent(revision: number): void {
    this.#lastSent = performance.now();
    this.#notBefore = this.#lastSent + ANSWER_MILLISECONDS;
    this.#unanswered = revision;
  }

  /** The agent holds the set of `revision`. */
  answered(revision: number): void {
    if (this.#unanswered === undefined || revision < this.#unanswered) return;
    this.#unanswered = undefined;
    this.#notBefore = this.#lastSent + COALESCE_MILLISECONDS;
    if (this.#timer !== undefined) this.#wait();
  }

  /** The set could not be sent. */
  postpone(): void {
    this.#notBefore = performance.now() + COALESCE_MILLISECONDS;
    this.changed();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
