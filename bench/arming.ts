import type { WireProbe } from '../src/protocol/wire-probe.ts';
import { type Figure, milliseconds, quantile } from './report.ts';
import { Target, unlimitedLog, unlimitedSnapshot } from './target.ts';

const PROGRAM = 'heap.cjs';
const MEGABYTES = [20, 465, 1500];
/** Of each kind, each on a hot function of its own. */
const ROUNDS = 50;
/** Line of the assignment in the first function of the program, and lines from one function to the next. */
const FIRST_LINE = 12;
const LINES = 4;

type Kind = (round: number) => WireProbe;
const KINDS: Record<string, Kind> = {
  DynamicLog: (round) => unlimitedLog(PROGRAM, FIRST_LINE + LINES * round, 'costs {total}'),
  'DynamicLog at Exit': (round) => ({
    ...unlimitedLog(PROGRAM, 1, 'left with {$return}'),
    location: { file: PROGRAM, function: `f${round}`, at: 'Exit' },
  }),
  Snapshot: (round) => unlimitedSnapshot(PROGRAM, FIRST_LINE + LINES * round),
};

/** For how long the event loop stands while a probe is placed in a prepared process, at default limits, as its heap grows. */
export async function measureArming(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const megabytes of MEGABYTES) {
    const target = await Target.start(PROGRAM, String(megabytes));
    await target.ask('forget');
    for (const [name, kind] of Object.entries(KINDS)) {
      const stalls: number[] = [];
      let refusal: string | undefined;
      for (let round = 0; round < ROUNDS; round++) {
        const { limits, ...probe } = kind(round);
        await target.ask('forget');
        try {
          await target.set({ ...probe, limits: { ...limits, maxStallMilliseconds: 100 } });
        } catch (error) {
          refusal = String(error);
          await target.set({ ...probe, limits });
        }
        stalls.push(Number(await target.ask('longest')));
        await target.set();
      }
      const measured = [0.5, 0.99].map((share) => milliseconds(quantile(stalls, share))).join(', ');
      figures.push({
        what: `standing while a ${name} is armed, heap of ${megabytes} MB, p50, p99 of ${ROUNDS}`,
        measured: refusal === undefined ? measured : `${measured}, refused at 100 ms (${refusal})`,
        goal: '≤ 2 ms',
        met: refusal === undefined && quantile(stalls, 0.5) <= 2,
      });
    }
    await target.stop();
  }
  return figures;
}
