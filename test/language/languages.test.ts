import { expect, it } from 'vitest';
import { JAVASCRIPT } from '../../src/language/javascript/javascript.ts';
import { knownLanguages, languagesOf } from '../../src/language/languages.ts';

it('while no process is known, a probe may be for any language that can be checked', () => {
  expect(languagesOf(new Set())).toEqual(knownLanguages());
});

it('processes declare their language in any case', () => {
  expect(languagesOf(new Set(['javascript', 'JavaScript']))).toEqual([JAVASCRIPT]);
});

it('as soon as one process has a language that is not known here, its runtime decides', () => {
  expect(languagesOf(new Set(['javascript', 'cobol']))).toEqual([]);
});
