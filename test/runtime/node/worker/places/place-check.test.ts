import { expect, it } from 'vitest';
import { judgePlace } from '../../../../../src/runtime/node/worker/places/place-check.ts';

const place = (files: string[], functions?: string[]) => ({ files, functions });
const policy = (changes: object) => [{ policy: 'p', allow: [], deny: [], ...changes }];

it('functions that cannot be told are denied by every rule that denies functions of the file, and allowed by none', () => {
  const unknown = place(['/app/src/vault.js']);
  expect(judgePlace(policy({ deny: [{ rule: 'r', functions: ['Vault*'] }] }), unknown).denied).toBe(
    'p, rule r: /app/src/vault.js is denied.',
  );
  expect(
    judgePlace(policy({ deny: [{ rule: 'r', files: ['lib/**'], functions: ['Vault*'] }] }), unknown).denied,
  ).toBeUndefined();
  expect(judgePlace(policy({ allow: [{ rule: 'r', functions: ['*'] }] }), unknown).denied).toBe(
    'p: no rule allows /app/src/vault.js.',
  );
});

it('a file that is not known is allowed by no rule for files', () => {
  expect(judgePlace(policy({ allow: [{ rule: 'r', files: ['**'] }] }), place([])).denied).toBe(
    'p: no rule allows code of which no file is known.',
  );
});

it('each policy is met on its own, and the strictest of what they leave counts', () => {
  const rules = [
    ...policy({ allow: [{ rule: 'a', files: ['src/**'], expressions: 'Proven' }] }),
    ...policy({
      deny: [
        { rule: 'b', otherFrames: true },
        { rule: 'c', expressions: 'Proven' },
      ],
    }),
  ];
  expect(judgePlace(rules, place(['src/a.js'], []))).toEqual({
    denied: undefined,
    calls: 'PropertiesOnly',
    otherFrames: false,
  });
  expect(judgePlace(rules, place(['lib/a.js'], [])).denied).toBe('p: no rule allows lib/a.js.');
});
