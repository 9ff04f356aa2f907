import { expect, test } from 'vitest';
import { MAJORS, messagesOf, runCase } from './case-run.ts';

test.each(MAJORS)('getters of classes and of literals have values, in conditions too, on Node.js %s', async (major) => {
  const { results } = await runCase('13-proxies-getters', major, ['basket.yaml'], ['app.cjs']);
  const known = messagesOf(results, 'basket').filter((message) => !/EvaluationTimeout/.test(message));
  expect(known.length).toBeGreaterThan(0);
  for (const message of known) {
    const n = Number(/\d+$/.exec(message)?.[0]);
    expect(message).toBe(`total ${3 * n} sum ${3 * n} half ${n / 2} n ${n}`);
  }
  const { results: met } = await runCase('13-proxies-getters', major, ['gcond-long.yaml'], ['long.cjs']);
  expect(messagesOf(met, 'gcond').length).toBeGreaterThan(0);
});

test.each(MAJORS)(
  'a condition that cannot be true says why, once, and for how many hits, on Node.js %s',
  async (major) => {
    const manifests = ['evalf-long.yaml', 'pcond-long.yaml'];
    const { results, said } = await runCase('13-proxies-getters', major, manifests, ['long.cjs']);
    expect(results).toEqual([]);
    const throws = 'the condition: ReferenceError: nope is not defined';
    const proxy = 'the condition: it gives <proxy>, which is no match';
    for (const [probe, why] of [
      ['evalf', throws],
      ['pcond', proxy],
    ] as const) {
      const lines = said.split('\n').filter((line) => line.includes(`${probe}: `) && line.includes(why));
      expect(lines).toEqual([
        expect.stringContaining(`armed, but no hit counts: EvaluationFailed: ${why}`),
        expect.stringMatching(/at the end: 0 hits; dropped \d+ \(EvaluationFailed\): /),
      ]);
    }
  },
);
