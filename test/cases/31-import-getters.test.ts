import { expect, test } from 'vitest';
import { MAJORS, messagesOf, runCase } from './case-run.ts';

/** Of a machine that is busy: the first hits pause until the getters are known. */
const OUT_OF_TIME = /EvaluationTimeout/;

test.concurrent.each(MAJORS)('imports in the output of swc have their values on Node.js %s', async (major) => {
  const { results } = await runCase('31-import-getters', major, ['i.yaml', 'own.yaml'], ['swc/main.js']);
  const imports = messagesOf(results, 'i').filter((message) => !OUT_OF_TIME.test(message));
  expect(imports.length).toBeGreaterThan(0);
  for (const message of imports) expect(message).toMatch(/^max 5 level (\d+) all \1 reg eu over (?:true|false)$/);
  for (const message of messagesOf(results, 'own')) expect(message).toMatch(/^level \d+ L 5$/);
});
