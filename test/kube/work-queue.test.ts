import { EventEmitter, once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type QueueResult, type ReconcileResult, WorkQueue } from '../../src/kube/work-queue.ts';

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

/** A queue by a clock that stands, and when it began to work on `a`, in milliseconds from now; other keys want nothing more. */
function restingQueue(result: ReconcileResult, onRun: (run: number) => void = () => undefined) {
  vi.useFakeTimers();
  const startedAt = Date.now();
  const runs: number[] = [];
  const queue = new WorkQueue({
    name: 'q',
    concurrency: 1,
    now: () => Date.now(),
    reconcile: async (key) => {
      if (key !== 'a') return {};
      runs.push(Date.now() - startedAt);
      onRun(runs.length);
      return result;
    },
  });
  queue.start(stop.signal);
  return { queue, runs };
}

describe('WorkQueue', () => {
  test('works on a key that is added often while it waits only once', async () => {
    const worked: string[] = [];
    const queue = new WorkQueue({ name: 'q', concurrency: 2, reconcile: async (key) => void worked.push(key) });
    for (const key of ['a', 'b', 'a', 'a', 'b']) queue.add(key);
    expect(queue.depth).toBe(2);
    queue.start(stop.signal);
    await queue.idle();
    expect(worked).toEqual(['a', 'b']);
  });

  test('works once more on a key that is added while it is worked on', async () => {
    const gate = new EventEmitter();
    let runs = 0;
    const queue = new WorkQueue({
      name: 'q',
      concurrency: 4,
      reconcile: async () => {
        runs += 1;
        if (runs === 1) await once(gate, 'open');
      },
    });
    queue.start(stop.signal);
    queue.add('a');
    for (let i = 0; i < 5; i++) queue.add('a');
    expect(queue.running).toBe(1);
    gate.emit('open');
    await queue.idle();
    expect(runs).toBe(2);
  });

  test('never works on one key twice at a time, never on more than its concurrency, and forgets no key', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(key, { minLength: 1 }),
        fc.integer({ min: 1, max: 3 }),
        async (s, keys, concurrency) => {
          const control = new AbortController();
          const running = new Set<string>();
          const addedAt = new Map<string, number>();
          const startedAt = new Map<string, number>();
          let clock = 0;
          const queue = new WorkQueue({
            name: 'q',
            concurrency,
            reconcile: async (current) => {
              expect(running.has(current)).toBe(false);
              running.add(current);
              expect(running.size).toBeLessThanOrEqual(concurrency);
              clock += 1;
              startedAt.set(current, clock);
              await s.schedule(Promise.resolve());
              running.delete(current);
            },
          });
          queue.start(control.signal);
          const adding = s.scheduleSequence(
            keys.map((current) => async () => {
              clock += 1;
              addedAt.set(current, clock);
              queue.add(current);
            }),
          );
          await s.waitFor(adding.task);
          await s.waitFor(queue.idle());
          for (const [current, at] of addedAt) expect(startedAt.get(current)).toBeGreaterThan(at);
          control.abort();
        },
      ),
    );
  });

  /** A queue whose only key fails as long as it is told to, and the moments of its runs. */
  function failing() {
    vi.useFakeTimers();
    const results: QueueResult[] = [];
    const runs: number[] = [];
    const state = { fails: true };
    const queue = new WorkQueue({
      name: 'q',
      concurrency: 1,
      now: () => Date.now(),
      reconcile: async () => {
        runs.push(Date.now());
        if (state.fails) throw new Error('not yet');
      },
      onResult: (result) => results.push(result),
    });
    queue.start(stop.signal);
    queue.add('a');
    const gaps = () => runs.slice(1).map((at, index) => at - (runs[index] ?? 0));
    return { queue, results, runs, gaps, state };
  }

  test('repeats what fails after 5 ms, doubled each time, with jitter, and forgets the failures with the first success', async () => {
    const { queue, results, runs, gaps, state } = failing();
    await vi.advanceTimersByTimeAsync(5 * 2 ** 12);
    for (const [index, gap] of gaps().slice(0, 11).entries()) {
      // Timers count whole milliseconds.
      expect(gap).toBeGreaterThanOrEqual(Math.floor((5 * 2 ** index) / 2));
      expect(gap).toBeLessThanOrEqual(5 * 2 ** index + 1);
    }
    expect(runs.length).toBeGreaterThanOrEqual(12);
    expect(results.map(({ outcome, failures }) => `${outcome} ${failures}`)).toEqual(
      runs.map((_, index) => `error ${index + 1}`),
    );
    expect(results.at(-1)?.error?.message).toBe('not yet');

    state.fails = false;
    const failed = runs.length;
    await vi.advanceTimersByTimeAsync(300_000);
    expect(results.slice(failed)).toMatchObject([{ outcome: 'success', failures: 0 }]);
    expect([queue.depth, queue.delayed]).toEqual([0, 0]);

    state.fails = true;
    queue.add('a');
    await vi.advanceTimersByTimeAsync(5);
    expect(results.at(failed + 1)).toMatchObject({ outcome: 'error', failures: 1 });
    expect(gaps().at(failed + 1)).toBeLessThanOrEqual(6);
  });

  test('waits at most 300 s for the next attempt, and at least half of that', async () => {
    const { runs, gaps } = failing();
    await vi.advanceTimersByTimeAsync(3 * 3_600_000);
    const late = gaps().slice(16);
    // After 5 * 2^16 ms the limit is reached: one run in 150 to 300 s from then on.
    expect(late.length).toBeGreaterThanOrEqual(34);
    expect(Math.max(...late)).toBeLessThanOrEqual(300_001);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(150_000);
    expect(runs.length).toBeLessThanOrEqual(18 + (3 * 3_600_000) / 150_000);
  });

  test('calls a key at the earliest of the moments that were asked for', async () => {
    vi.useFakeTimers();
    let runs = 0;
    const queue = new WorkQueue({
      name: 'q',
      concurrency: 1,
      reconcile: async () => {
        runs += 1;
      },
    });
    queue.start(stop.signal);
    queue.addAfter('a', 5000);
    queue.addAfter('a', 1000);
    queue.addAfter('a', 9000);
    await vi.advanceTimersByTimeAsync(999);
    expect(runs).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(runs).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(runs).toBe(1);
  });

  test('calls a key again when its own run asked for it', async () => {
    vi.useFakeTimers();
    const outcomes: string[] = [];
    const queue = new WorkQueue({
      name: 'q',
      concurrency: 1,
      reconcile: async () => (outcomes.length === 0 ? { requeueAfterMs: 2000 } : undefined),
      onResult: ({ outcome }) => outcomes.push(outcome),
    });
    queue.start(stop.signal);
    queue.add('a');
    await vi.advanceTimersByTimeAsync(1999);
    expect(outcomes).toEqual(['requeue']);
    await vi.advanceTimersByTimeAsync(1);
    expect(outcomes).toEqual(['requeue', 'success']);
  });

  test('lets a key rest as long as its run asked for, whatever adds it meanwhile', async () => {
    const { queue, runs } = restingQueue({ restMs: 500, requeueAfterMs: 60_000 }, (run) => {
      if (run === 1) queue.add('a');
    });
    queue.add('a');
    await vi.advanceTimersByTimeAsync(100);
    queue.add('a');
    queue.addAfter('a', 10);
    queue.add('b');
    expect(queue.delayed).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    const [first = 0] = runs;
    expect(runs).toEqual([first, first + 500]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(runs).toEqual([first, first + 500, first + 60_500]);
  });

  test('cuts a rest short for an urgent key, but not two in a row', async () => {
    const { queue, runs } = restingQueue({ restMs: 500 });
    queue.add('a');
    await vi.advanceTimersByTimeAsync(100);
    queue.addUrgent('a');
    queue.add('a');
    await vi.advanceTimersByTimeAsync(100);
    expect(runs).toEqual([0, 100]);
    queue.addUrgent('a');
    await vi.advanceTimersByTimeAsync(500);
    expect(runs).toEqual([0, 100, 600]);
    queue.addUrgent('a');
    await vi.advanceTimersByTimeAsync(0);
    expect(runs).toEqual([0, 100, 600, 700]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(runs).toEqual([0, 100, 600, 700]);
  });

  test('works again at once on a key that became urgent while it was worked on, although it asked for rest', async () => {
    const { queue, runs } = restingQueue({ restMs: 500 }, (run) => {
      if (run === 1) queue.addUrgent('a');
      queue.add('a');
    });
    queue.add('a');
    await vi.advanceTimersByTimeAsync(1000);
    expect(runs).toEqual([0, 0, 500, 1000]);
  });

  test('begins thousands of runs in several turns of the event loop', async () => {
    const until = (ms: number) => {
      const end = performance.now() + ms;
      while (performance.now() < end);
    };
    const worked: string[] = [];
    const queue = new WorkQueue({
      name: 'q',
      concurrency: 8,
      reconcile: async (key) => {
        until(5);
        worked.push(key);
      },
    });
    for (let index = 0; index < 20; index += 1) queue.add(`key-${index}`);
    queue.start(stop.signal);
    await new Promise((resolve) => setImmediate(resolve));
    expect(worked.length).toBeLessThan(20);
    await queue.idle();
    expect(worked).toEqual(Array.from({ length: 20 }, (_, index) => `key-${index}`));
  });

  test('pauses after each slice of time, also for keys that are added meanwhile', async () => {
    const PAUSE = 20;
    const worked: { key: string; at: number; end: number }[] = [];
    const queue = new WorkQueue({
      name: 'q',
      concurrency: 8,
      pauseMs: () => PAUSE,
      reconcile: async (key) => {
        const at = performance.now();
        while (performance.now() < at + 9);
        worked.push({ key, at, end: performance.now() });
        if (key === 'first') queue.add('added');
      },
    });
    for (const key of ['first', 'second', 'third']) queue.add(key);
    queue.start(stop.signal);
    await queue.idle();
    expect(worked.map(({ key }) => key)).toEqual(['first', 'second', 'third', 'added']);
    // Each of them takes a whole slice. Timers count whole milliseconds.
    for (const [index, { at }] of worked.slice(1).entries()) {
      expect(at - (worked[index]?.end ?? 0)).toBeGreaterThanOrEqual(PAUSE - 2);
    }
  });

  test('waits for a moment that is further away than timers reach', async () => {
    vi.useFakeTimers();
    let runs = 0;
    const queue = new WorkQueue({
      name: 'q',
      concurrency: 1,
      now: () => Date.now(),
      reconcile: async () => {
        runs += 1;
      },
    });
    queue.start(stop.signal);
    const days = 86_400_000;
    queue.addAfter('a', 40 * days);
    await vi.advanceTimersByTimeAsync(39 * days);
    expect(runs).toBe(0);
    await vi.advanceTimersByTimeAsync(1 * days);
    expect(runs).toBe(1);
  });

  test('starts nothing more when it is stopped, and tells the running ones', async () => {
    const seen: boolean[] = [];
    const queue = new WorkQueue({
      name: 'q',
      concurrency: 1,
      reconcile: async (_key, signal) => {
        await once(signal, 'abort');
        seen.push(signal.aborted);
      },
    });
    queue.start(stop.signal);
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 1);
    stop.abort();
    queue.add('d');
    await queue.idle();
    expect(seen).toEqual([true]);
    expect([queue.depth, queue.delayed]).toEqual([0, 0]);
  });
});
