import { type Figure, microseconds, quantile } from './report.ts';
import { Target, unlimitedSnapshot } from './target.ts';

export const LINE_OF_RETURN = 18;
const PAUSES = 200;
const WARM = 20;

/** How long the thread stands for one snapshot at default limits, as the program itself measures it: 12 functions deep. */
export async function measureSnapshot(): Promise<Figure[]> {
  const target = await Target.start('stack.cjs');
  const times = async (command: string) => {
    const all: number[] = JSON.parse(await target.ask(`${command} ${PAUSES + WARM}`));
    return all.slice(WARM);
  };
  const bare = quantile(await times('pauses'), 0.5);
  const floor = (await times('floor')).map((time) => time - bare);
  await target.set(unlimitedSnapshot('stack.cjs', LINE_OF_RETURN));
  const before = target.results;
  const taken = (await times('pauses')).map((time) => time - bare);
  await target.until(() => target.results - before >= PAUSES + WARM);
  await target.stop();
  const p99 = quantile(taken, 0.99);
  return [
    {
      what: 'snapshot, 5 frames with variables: the thread stands, p50',
      measured: microseconds(quantile(taken, 0.5)),
      goal: `(V8's empty pause: ${microseconds(quantile(floor, 0.5))})`,
      met: true,
    },
    {
      what: 'the same, p99',
      measured: microseconds(p99),
      goal: `≤ 1 ms (V8's empty pause: ${microseconds(quantile(floor, 0.99))})`,
      met: p99 <= 1000,
    },
  ];
}
