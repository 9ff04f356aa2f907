import { describe, expect, test } from 'vitest';
import { OverloadDetector } from '../../../../../src/runtime/node/worker/health/overload-detector.ts';

/** A process whose loop is busy for that share of each second, from `second` on. */
class Process {
  readonly #distress = new OverloadDetector();
  #second = 0;
  #active = 0;
  #idle = 0;

  run(seconds: number, busy: number, heap = 0.5) {
    let verdict = this.#sample(heap);
    for (let index = 0; index < seconds; index++) {
      this.#second += 1;
      this.#active += busy * 1000;
      this.#idle += (1 - busy) * 1000;
      verdict = this.#sample(heap);
    }
    return verdict;
  }

  /** One answer, after all those seconds. */
  stuck(seconds: number) {
    this.#second += seconds;
    this.#active += seconds * 1000;
    return this.#sample(0.5);
  }

  /** One answer each second, for which the thread is interrupted. */
  interrupted(seconds: number) {
    let verdict = this.#sample(0.5);
    for (let index = 0; index < seconds; index++) {
      this.#second += 1;
      this.#active += 1000;
      verdict = this.#sample(0.5, true);
    }
    return verdict;
  }

  /** What came before the first probe. */
  lived(seconds: number, busy: number): this {
    this.#active = busy * seconds * 1000;
    this.#idle = (1 - busy) * seconds * 1000;
    return this;
  }

  #sample(heap: number, isInterrupted = false) {
    return this.#distress.judge(
      { active: this.#active, idle: this.#idle, usedHeap: heap * 1e9, heapLimit: 1e9, isInterrupted },
      this.#second * 1000,
    );
  }
}

describe('a process', () => {
  test('with a loop that rests, and with heap left, is calm', () => {
    expect(new Process().lived(100, 0.3).run(60, 0.6).state).toBe('calm');
  });

  test('whose loop has no rest since there are probes is in distress, and says so', () => {
    const wantMessage = 'the event loop is busy 99 % of the time, and 30 % before there were probes';
    expect(new Process().lived(100, 0.3).run(6, 0.99)).toEqual({ state: 'overload', message: wantMessage });
  });

  test('whose loop had no rest before either is left alone: that may be the very fault that is looked for', () => {
    expect(new Process().lived(100, 0.95).run(60, 1).state).toBe('calm');
  });

  test('that is stuck in one call is not taken for one that turns because it was interrupted for its answers', () => {
    expect(new Process().lived(100, 0.3).interrupted(20).state).toBe('calm');
  });

  test('that is stuck in one call keeps its probes, which may be there to find that call', () => {
    const process = new Process().lived(100, 0.3);
    expect(process.stuck(8).state).toBe('calm');
    expect(process.run(1, 0.3).state).toBe('calm');
  });

  test('gets its probes back when it has been without for half a minute', () => {
    const process = new Process().lived(100, 0.3);
    process.run(6, 1);
    expect(process.run(20, 0.3).state).toBe('overload');
    expect(process.run(11, 0.3).state).toBe('calm');
  });

  test('that suffers again stays without for longer', () => {
    const process = new Process().lived(100, 0.3);
    process.run(6, 1);
    process.run(31, 0.3);
    expect(process.run(11, 1).state).toBe('overload');
    expect(process.run(45, 0.3).state).toBe('overload');
    expect(process.run(16, 0.3).state).toBe('calm');
  });

  test('that is as busy without probes keeps them from then on', () => {
    const process = new Process().lived(100, 0.3);
    process.run(6, 1);
    process.run(31, 1);
    expect(process.run(60, 1).state).toBe('calm');
  });

  test('that is short of heap is in distress until a good part of it is free again', () => {
    const process = new Process().lived(100, 0.3);
    expect(process.run(1, 0.3, 0.95)).toEqual({
      state: 'overload',
      message: '95 % of the heap of 954 MB is in use',
    });
    expect(process.run(5, 0.3, 0.9).state).toBe('overload');
    expect(process.run(1, 0.3, 0.8).state).toBe('calm');
  });

  test('whose heap is full for a moment is not', () => {
    const process = new Process().lived(100, 0.3);
    process.run(1, 0.3, 0.5);
    process.run(0, 0.3, 0.95);
    expect(process.run(1, 0.3, 0.5).state).toBe('calm');
  });
});
