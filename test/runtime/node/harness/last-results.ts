const ATTEMPTS = 5;

interface Agent {
  until(condition: () => boolean, milliseconds?: number): Promise<void>;
}

/**
 * Makes whole attempts, each of which ends a process or thread, until its last results have come: an end waits for them for a moment
 * only, in which a busy machine may not let the worker run.
 * @param agent the one of the latest attempt.
 * @param attempt is given its number, from 1 on.
 */
export async function untilLastResults(
  haveCome: () => boolean,
  agent: () => Agent,
  attempt: (number: number) => Promise<void>,
): Promise<void> {
  for (let number = 1; ; number++) {
    await attempt(number);
    // What was written is read by the time that the connection is closed.
    await agent()
      .until(haveCome, number < ATTEMPTS ? 2000 : 60_000)
      .catch((error) => {
        if (number === ATTEMPTS) throw error;
      });
    if (haveCome()) return;
  }
}
