import { expect, test } from 'vitest';
import { type Observation, StartUp } from '../../../src/runtime/node/start-up.ts';

const MOST = 100;

/** A program as it is seen every half second. */
const seen = (changes: Partial<Observation> & { readonly look: number; readonly busy?: number }): Observation => ({
  modules: 500,
  active: changes.look * 500 * (changes.busy ?? 0),
  idle: changes.look * 500 * (1 - (changes.busy ?? 0)),
  megabytes: 40,
  stallMilliseconds: 25,
  ...changes,
});

test('a program that has come to rest is ready at the second look', () => {
  const startUp = new StartUp();
  expect(startUp.judge(seen({ look: 1 }), MOST)).toBe('wait');
  expect(startUp.judge(seen({ look: 2 }), MOST)).toBe('enable');
});

test('one that loads modules is not, and one that works all the time is later', () => {
  const loading = new StartUp();
  for (let look = 1; look < 40; look++) expect(loading.judge(seen({ look, modules: 100 + look }), MOST)).toBe('wait');
  expect(loading.judge(seen({ look: 40, modules: 139 }), MOST)).toBe('enable');
  const busy = new StartUp();
  const verdicts = Array.from({ length: 12 }, (_, index) => busy.judge(seen({ look: index + 1, busy: 0.9 }), MOST));
  expect(verdicts).toEqual([...Array(11).fill('wait'), 'enable']);
});

test('one whose heap grows is ready before it is too late', () => {
  const startUp = new StartUp();
  expect(startUp.judge(seen({ look: 1, modules: 10, stallMilliseconds: 49 }), MOST)).toBe('wait');
  expect(startUp.judge(seen({ look: 2, modules: 90, stallMilliseconds: 70 }), MOST)).toBe('enable');
});

test('one whose heap is too large is told why, and looked at again, ever more rarely', () => {
  const startUp = new StartUp();
  const waits: number[] = [];
  for (let look = 1; look < 30; look++) {
    waits.push(startUp.nextLook());
    const verdict = startUp.judge(seen({ look, megabytes: 812, stallMilliseconds: 487.2 }), MOST);
    expect(verdict).toEqual({
      why: 'its heap was 812 MB after its start already: it would have stood for about 488 ms',
    });
  }
  expect([waits[0], waits.at(-1)]).toEqual([500, 60_000]);
  expect(startUp.judge(seen({ look: 31 }), MOST)).toBe('enable');
});
