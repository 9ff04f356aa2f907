import { expect, test } from 'vitest';
import { MAJORS, messagesOf, runCase } from './case-run.ts';

const wantRequests = Array.from({ length: 10 }, (_, index) => `GET /${index} 3`);

test.concurrent.each(MAJORS)('ten hits in a row are all reported on Node.js %s', async (major) => {
  const { results } = await runCase('budget-drops-hits', major, ['m.yaml'], ['burst.js']);
  expect(messagesOf(results, 'burst')).toEqual(wantRequests);
});
