import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { casesArbitrary, type Reaching, reachingCase } from './enforced/cases.ts';
import { excessOf, framesWithVariables, type Seen } from './enforced/excess.ts';
import { BY_PROOF, BY_WATCH } from './enforced/program.ts';
import { Shop } from './enforced/shop.ts';

/** What policies leave a probe is what it has in a real process, with its real runtime. */
let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop.close());

/** Runs of some twenty accepted probes each: DAVYLAMP_CASES=100 for more. */
const RUNS = Number(process.env.DAVYLAMP_CASES ?? 3);

/** Rounds in which a limit is to be reached: on a busy machine a hit can be out of time, and a proof comes late. */
const MOST_ROUNDS = 40;

const some = (text: string) => (seen: Seen) => JSON.stringify(seen.results).includes(text);
const isDropped = ({ state }: Seen) => state.dropped.some(({ reason }) => reason === 'RateLimited');
const isDenied = ({ state }: Seen) => state.state === 'Failed' && state.reason === 'PolicyDenied';
const hasCaptured = (is: (frames: number, frame: number) => boolean) => (seen: Seen) =>
  seen.results.some(({ capture }) => is(framesWithVariables(capture).length, capture?.frames.length ?? 0));

/** How it shows that a probe was kept from more: each must be seen, or the property below would say nothing. */
const isReached: Readonly<Record<Reaching, (seen: Seen) => boolean>> = {
  hits: ({ state, results }) => state.reason === 'HitLimitReached' && results.length === 7,
  rate: (seen) => isDropped(seen) && seen.results.length > 9,
  captures: ({ state, results }) => state.reason === 'HitLimitReached' && results.length === 2,
  payload: ({ results }) => results.some(({ log }) => (log?.message.length ?? 0) > 250),
  payloadOfCapture: some('as limits.payloadBytes is 700'),
  frames: hasCaptured((frames, all) => frames === 1 && all > 3),
  depth: some('"notCaptured":"depth"'),
  fields: some('"notCaptured":"fields"'),
  items: some('"notCaptured":"items"'),
  stringLength: some('"notCaptured":"length"'),
  expiry: ({ state, results }) => state.reason === 'Expired' && results.length > 0,
  propertiesOnly: some('as far as PropertiesOnly'),
  proven: (seen) => some(BY_PROOF)(seen) && some('as far as Proven')(seen),
  checked: some(BY_WATCH),
  file: isDenied,
  functions: isDenied,
  package: isDenied,
  framesOfFile: some('frames without variables'),
  otherFrames: hasCaptured((frames, all) => frames === 1 && all > 3),
};

it('each limit that policies set is reached by a probe that would have had more', { timeout: 300_000 }, async () => {
  const names = Object.keys(isReached) as Reaching[];
  const cases = names.map(reachingCase);
  await shop.place(cases);
  const missing = (seen: readonly Seen[]) => names.filter((name, at) => !isReached[name](seen[at] as Seen));
  const excess = (seen: readonly Seen[]) =>
    cases.flatMap((own, at) => excessOf(own, seen[at] as Seen).map((text) => `${names[at]}: ${text}`));
  let seen = await shop.seen();
  for (let round = 0; round < MOST_ROUNDS && missing(seen).length > 0 && excess(seen).length === 0; round++) {
    await shop.hit();
    seen = await shop.seen();
  }
  expect(excess(seen)).toEqual([]);
  expect(missing(seen)).toEqual([]);
});

it('no accepted probe exceeds what generated policies leave it', { timeout: 120_000 + RUNS * 20_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(casesArbitrary, async (cases) => {
      await shop.place(cases);
      const seen = await shop.outlive();
      const excess = cases.flatMap((own, at) => {
        const said = excessOf(own, seen[at] as Seen);
        return said.length === 0 ? [] : [{ said, asked: own.effective.spec, policies: own.policies }];
      });
      expect(JSON.stringify(excess.slice(0, 1))).toBe('[]');
    }),
    // What fails is made smaller for as long as there is time.
    { numRuns: RUNS, interruptAfterTimeLimit: 30_000 + RUNS * 10_000 },
  );
});
