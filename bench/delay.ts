import { type Figure, microseconds, quantile } from './report.ts';
import { LINE_OF_RETURN } from './snapshot.ts';
import { Target, unlimitedLog, unlimitedSnapshot } from './target.ts';

const ROUNDS = 5;
/** 60 ms apart. */
const HITS = 100;

/** What results add to the delay of the event loop, beyond the hit itself: they cross to the worker, which does the rest. */
export async function measureDelay(): Promise<Figure[]> {
  const target = await Target.start('stack.cjs');
  const probes = {
    'no probe': [],
    'a log line each time': [unlimitedLog('stack.cjs', LINE_OF_RETURN, '{sum} of {items}')],
    'a snapshot each time': [unlimitedSnapshot('stack.cjs', LINE_OF_RETURN)],
  };
  const found = new Map<string, number[][]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, wanted] of Object.entries(probes)) {
      await target.set(...wanted);
      const delays: number[] = JSON.parse(await target.ask(`delay ${HITS}`));
      found.set(name, [...(found.get(name) ?? []), delays]);
    }
  }
  await target.stop();
  return [...found].map(([name, rounds]) => {
    const [p50, p99, most] = [0, 1, 2].map((at) =>
      quantile(
        rounds.map((delays) => delays[at] ?? Number.NaN),
        0.5,
      ),
    );
    const shown = [p50, p99, most].map((value = Number.NaN) => microseconds(value)).join(', ');
    return { what: `delay of the event loop, ${name}: p50, p99, most`, measured: shown, goal: '–' };
  });
}
