import { expect, test } from 'vitest';
import { MAJORS, runCase } from './case-run.ts';

interface Watch {
  readonly name: string;
  readonly value: { readonly text?: string };
}

test.concurrent.each(MAJORS)('watches that call methods have their values, on Node.js %s', async (major) => {
  const { results, said } = await runCase('watch-times-out', major, ['m.yaml'], ['t.mjs']);
  expect(results.length, said).toBe(3);
  for (const { capture } of results) {
    const { watches } = capture as { readonly watches: readonly Watch[] };
    expect(watches.map(({ name, value }) => [name, value.text])).toEqual([
      ['order.total()', '90'],
      ['order.lines[1].quantity', '2'],
      ['order.label', '#2'],
    ]);
  }
});
