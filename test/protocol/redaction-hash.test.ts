import { expect, it } from 'vitest';
import { redactionHash } from '../../src/protocol/redaction-hash.ts';

const rules = { mode: 'Default', names: ['iban', 'customer'], replacement: 'Remove' } as const;

it('equal rules have one name, in whatever order they are written, and other rules another', () => {
  const hash = redactionHash(rules);
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  expect(redactionHash({ ...rules, names: ['customer', 'iban', 'iban'], allow: [], patterns: [] })).toBe(hash);
  const others = [
    { ...rules, names: ['iban'] },
    { ...rules, patterns: ['a'] },
    { ...rules, mode: 'AllowList' as const },
    { ...rules, replacement: 'Mask' as const },
  ];
  expect(new Set([hash, ...others.map(redactionHash)]).size).toBe(5);
});

it('what hides nothing beyond what always is has none', () => {
  expect(redactionHash(undefined)).toBeUndefined();
  expect(redactionHash({ mode: 'Default', names: [], replacement: 'Remove' })).toBeUndefined();
});
