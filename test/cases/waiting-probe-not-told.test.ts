import { expect, test } from 'vitest';
import { MAJORS, runCase } from './case-run.ts';

test.concurrent.each(MAJORS)('a probe that waits is told while another is hit, on Node.js %s', async (major) => {
  const { said } = await runCase('waiting-probe-not-told', major, ['m.yaml'], ['t.js']);
  const told = said.match(/^davylamp: typo: FileNotLoaded: no loaded file ends in tt\.js$/gm);
  expect(told, said).toHaveLength(1);
});
