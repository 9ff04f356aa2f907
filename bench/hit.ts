import { type Figure, microseconds, percent, quantile } from './report.ts';
import { Target, unlimitedLog } from './target.ts';

const LINE_OF_RETURN = 14;
const ROUNDS = 5;
const HITS = 3000;

/** What one hit costs the application: wall time per call with the probe, less the call without. */
export async function measureHit(): Promise<Figure[]> {
  const target = await Target.start('loop.cjs');
  const perCall = async (count: number, command = 'calls') => Number(await target.ask(`${command} ${count}`)) / 1000;
  const bare: number[] = [];
  const floor: number[] = [];
  const falseCondition: number[] = [];
  const logged: number[] = [];
  // Busy before there are probes: else it counts as in distress for them, since these are allowed to take all of its time.
  await perCall(100_000_000);
  for (let round = 0; round < ROUNDS; round++) {
    await target.set();
    bare.push(await perCall(5_000_000));
    floor.push(await perCall(HITS, 'floor'));
    await target.set(unlimitedLog('loop.cjs', LINE_OF_RETURN, 'next {next}', { condition: 'next < 0' }));
    falseCondition.push(await perCall(HITS));
    await target.set(unlimitedLog('loop.cjs', LINE_OF_RETURN, 'next {next} of {value}'));
    logged.push(await perCall(HITS));
  }
  await target.stop();
  const [none, never, log] = [quantile(bare, 0.5), quantile(falseCondition, 0.5), quantile(logged, 0.5)];
  const v8 = quantile(floor, 0.5);
  const beside = (value: number) => `${microseconds(value - none)} (V8's own ${microseconds(v8)})`;
  return [
    { what: 'a call without a probe', measured: microseconds(none), goal: '–' },
    {
      what: 'a hit whose condition is false, breakpoint',
      measured: beside(never),
      goal: '≤ 80 µs',
      met: never - none <= 80,
    },
    { what: 'a log hit, breakpoint', measured: beside(log), goal: '≤ 80 µs', met: log - none <= 80 },
  ];
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Long enough for the probe to come back once. */
const RUNAWAY_SECONDS = 12;

/** Throughput of a line that is executed a million times a second and more, with a probe under the default budget. */
export async function measureRunaway(): Promise<Figure[]> {
  const bareBefore: number[] = [];
  const probed: number[] = [];
  const bareAfter: number[] = [];
  const later: number[] = [];
  for (let round = 0; round < 5; round++) {
    const target = await Target.start('loop.cjs');
    const slices = async (seconds: number) => JSON.parse(await target.ask(`seconds ${seconds}`)) as number[];
    await slices(1);
    const before = await slices(6);
    const usual = quantile(before, 0.5);
    const started = performance.now();
    const running = slices(RUNAWAY_SECONDS);
    await target.set(
      unlimitedLog('loop.cjs', LINE_OF_RETURN, 'next {next}', {
        limits: { cpuMillisecondsPerSecond: 10, hitsPerSecond: 50, maxStallMilliseconds: 100 },
      }),
    );
    const armed = Math.floor((performance.now() - started) / 100);
    const after = await running;
    const around = after.slice(armed, armed + 10);
    const slowest = armed + around.indexOf(Math.min(...around));
    const recovered = after.slice(slowest + 1).findIndex((calls) => calls >= 0.95 * usual);
    later.push(recovered < 0 ? Number.NaN : (recovered + 1) * 100);
    probed.push(...after.slice(armed + 10));
    await target.set();
    bareBefore.push(...before);
    bareAfter.push(...(await slices(6)));
    await target.stop();
  }
  // All rounds together: the machine takes more for itself, at times, than the probe ever does.
  const share = mean(probed) / mean([...bareBefore, ...bareAfter]);
  const recovery = quantile(later, 0.5);
  return [
    {
      what: 'runaway line: back at 95 % of the unprobed throughput after',
      measured: `${recovery} ms`,
      goal: '≤ 1000 ms',
      met: recovery <= 1000,
    },
    {
      what: 'runaway line: throughput from one second after arming on',
      measured: `${percent(share)} (without a probe, before against after: ${percent(mean(bareBefore) / mean(bareAfter))})`,
      goal: '≥ 99 %',
      met: share >= 0.99,
    },
  ];
}
