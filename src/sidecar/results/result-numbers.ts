import type { Result } from '../../protocol/result.ts';

/** Processes whose numbers are remembered. */
const MAX_PROCESSES = 500;

interface Numbers {
  /** Number of the newest result that the process sent. */
  arrived: number;
  /** Number of the newest result that was passed on. */
  last: number;
}

/**
 * Numbers the results of each process anew in the order in which they are passed on: results that wait for a grant are overtaken by those
 * of other probes, and the gateway takes a number that is not above the last one for a repetition. A gap in the numbers of a process is
 * kept, so that the gateway counts it as lost results.
 */
export class ResultNumbers {
  readonly #numbers = new Map<string, Numbers>();

  /** Takes note of results as they come from their process, in their order. */
  arrived(results: readonly Result[]): void {
    for (const { instanceID, sequence } of results) {
      const known = this.#numbers.get(instanceID);
      // Numbers below the first belong to results that the process sent to an earlier agent; they are no gap.
      const numbers = known ?? { arrived: sequence - 1, last: sequence - 1 };
      numbers.last += Math.max(0, sequence - numbers.arrived - 1);
      numbers.arrived = Math.max(numbers.arrived, sequence);
      // Last, so that the process that has been silent for longest is the first to be forgotten.
      this.#numbers.delete(instanceID);
      this.#numbers.set(instanceID, numbers);
    }
    for (const instanceID of this.#numbers.keys()) {
      if (this.#numbers.size <= MAX_PROCESSES) return;
      this.#numbers.delete(instanceID);
    }
  }

  /** @returns the result as it goes on. */
  next(result: Result): Result {
    const numbers = this.#numbers.get(result.instanceID);
    if (numbers === undefined) return result;
    numbers.last += 1;
    return { ...result, sequence: numbers.last };
  }
}
