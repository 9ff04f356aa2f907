import { ProbeBudget } from '../../../../src/runtime/node/application/budget/probe-budget.ts';
import { ProcessBudget } from '../../../../src/runtime/node/application/budget/process-budget.ts';
import { ThreadClock } from '../../../../src/runtime/node/application/budget/thread-clock.ts';
import { recompilationCost } from '../../../../src/runtime/node/application/placement/breakpoint/recompilation-cost.ts';
import { Counters } from '../../../../src/runtime/node/channel/counters.ts';

/** A line of a program, with a probe at it. */
export interface Line {
  /** Milliseconds until the line is reached again, counted from the end of a hit. */
  readonly gap: (index: number) => number;
  /** Milliseconds that the thread works for a hit. */
  readonly work: (index: number) => number;
  readonly perSecond?: number;
}

export interface Outcome {
  /** As many as were reported, and more when some were not. */
  readonly reached: number;
  readonly reported: number;
  readonly leavings: number;
  /** The longest time without a hit, in milliseconds. */
  readonly longestGap: number;
}

export interface Simulation {
  readonly outcomes: readonly Outcome[];
  /** Milliseconds that all hits took of the thread, and the most that they took in one second. */
  readonly worked: number;
  readonly workedInOneSecond: number;
}

/** Random numbers that are the same each time. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A time that the model moves. `stands` says how long the machine lets the thread stand after that much work. */
export class ModelTime {
  wall = 0;
  worked = 0;
  readonly #stands: (work: number) => number;
  readonly clock = new ThreadClock({ wall: () => this.wall, worked: () => this.worked, uncertainty: 0 });

  constructor(stands: (work: number) => number = () => 0) {
    this.#stands = stands;
  }

  work(milliseconds: number): void {
    this.worked += milliseconds;
    this.wall += milliseconds + this.#stands(milliseconds);
  }

  wait(until: number): void {
    this.wall = Math.max(this.wall, until);
  }
}

/** Runs the real budgets over a program of lines, with what the engine and the worker do around them. */
export function simulate(
  lines: readonly Line[],
  milliseconds: number,
  { stands = () => 0, random = randomFrom(1) }: { stands?: (work: number) => number; random?: () => number } = {},
): Simulation {
  const time = new ModelTime(stands);
  const processBudget = new ProcessBudget(0, random);
  processBudget.resize(
    lines.map(({ perSecond = 10 }) => perSecond),
    0,
  );
  const probes = lines.map((line, index) => ({
    line,
    uid: String(index),
    budget: new ProbeBudget(line.perSecond ?? 10, processBudget, new Counters(), time.clock),
    reachedAt: line.gap(0),
    returnsAt: undefined as number | undefined,
    reached: 0,
    reported: 0,
    leavings: 0,
    lastHit: 0,
    longestGap: 0,
  }));
  const spent: { time: number; work: number }[] = [];
  for (;;) {
    const next = Math.min(...probes.map(({ reachedAt, returnsAt = Infinity }) => Math.min(reachedAt, returnsAt)));
    time.wait(next);
    if (time.wall >= milliseconds) break;
    for (const probe of probes) {
      if (probe.returnsAt !== undefined && probe.returnsAt <= time.wall) {
        const wait = processBudget.postponement(probe.uid, time.wall);
        probe.returnsAt = wait > 0 ? time.wall + wait : undefined;
      }
      if (probe.reachedAt > time.wall) continue;
      const index = probe.reached++;
      if (probe.returnsAt !== undefined) {
        // What it misses until then need not be counted.
        probe.reachedAt = probe.returnsAt + probe.line.gap(probe.reached);
      } else {
        const started = time.clock.moment();
        probe.budget.begin(started, 0);
        const work = probe.line.work(index);
        time.work(work);
        spent.push({ time: time.wall, work });
        probe.reported++;
        probe.longestGap = Math.max(probe.longestGap, time.wall - probe.lastHit);
        probe.lastHit = time.wall;
        if (probe.budget.chargeHit(time.clock.workedSince(started), time.wall - started.wall) !== undefined) {
          probe.leavings++;
          probe.returnsAt = time.wall + probe.budget.leave(time.clock.moment(), recompilationCost);
        }
        probe.reachedAt = time.wall + probe.line.gap(probe.reached);
      }
    }
  }
  return {
    outcomes: probes.map(({ reached, reported, leavings, lastHit, longestGap }) => ({
      reached,
      reported,
      leavings,
      longestGap: Math.max(longestGap, milliseconds - lastHit),
    })),
    worked: spent.reduce((sum, { work }) => sum + work, 0),
    workedInOneSecond: mostInOneSecond(spent),
  };
}

function mostInOneSecond(spent: readonly { time: number; work: number }[]): number {
  let most = 0;
  let sum = 0;
  for (let first = 0, last = 0; last < spent.length; last++) {
    const { time = 0, work = 0 } = spent[last] ?? {};
    sum += work;
    while ((spent[first]?.time ?? time) < time - 1000) sum -= spent[first++]?.work ?? 0;
    most = Math.max(most, sum);
  }
  return most;
}
