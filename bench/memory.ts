import type { Figure } from './report.ts';
import { Target, unlimitedLog } from './target.ts';

const LINE_OF_RETURN = 14;
const HITS = 1_000_000;
const STEPS = 10;
/** The first tenth fills V8's caches and lets its heap find its size. */
const FLAT = 1.1;

/** Memory of a process over a million hits of one probe, each of which V8 compiles a condition for. Takes some minutes. */
export async function measureMemory(): Promise<Figure[]> {
  const target = await Target.start('loop.cjs');
  await target.set(
    unlimitedLog('loop.cjs', LINE_OF_RETURN, 'next {next} of {value}', { limits: { hitsPerSecond: 50 } }),
  );
  const bare = Number(await target.ask('rss'));
  const megabytes: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    await target.ask(`calls ${HITS / STEPS}`);
    megabytes.push(Number(await target.ask('rss')));
    console.error(`  ${((step + 1) * HITS) / STEPS} hits: ${Math.round(megabytes.at(-1) ?? 0)} MB`);
  }
  await target.stop();
  const [first = 0, ...others] = megabytes;
  const most = Math.max(...others);
  return [
    {
      what: 'RSS over a million hits, against the first tenth',
      measured: `${Math.round(bare)} MB without, ${Math.round(first)} → ${Math.round(most)} MB`,
      goal: 'flat (≤ 110 %)',
      met: most <= first * FLAT,
    },
  ];
}
