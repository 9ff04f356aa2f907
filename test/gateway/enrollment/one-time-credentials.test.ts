import { beforeEach, describe, expect, it } from 'vitest';
import { AuthenticationRefused } from '../../../src/gateway/agents/authenticate.ts';
import type { AttachedIdentity } from '../../../src/gateway/agents/identity.ts';
import { OneTimeCredentials } from '../../../src/gateway/enrollment/one-time-credentials.ts';
import { attachedIdentity } from '../fixtures.ts';

describe('a one-time credential', () => {
  let now: number;
  let reused: AttachedIdentity[];
  let credentials: OneTimeCredentials;

  beforeEach(() => {
    now = 1_000_000;
    reused = [];
    credentials = new OneTimeCredentials({ onReuse: (identity) => reused.push(identity), now: () => now });
  });

  const refusalOf = (token: string): string => {
    try {
      credentials.use(token);
    } catch (error) {
      if (error instanceof AuthenticationRefused && error.status === 401) return error.message;
      throw error;
    }
    return 'accepted';
  };
  const NOT_KNOWN = 'the one-time credential is not known here';
  const EXPIRED = 'the one-time credential has expired';
  const USED = 'the one-time credential was used before';

  it('is recognized by what it begins with, and holds 256 bits that nobody can foresee', () => {
    const tokens = new Set(Array.from({ length: 1000 }, () => credentials.issue(attachedIdentity())));
    expect(tokens.size).toBe(1000);
    for (const token of tokens) expect(token).toMatch(/^davylamp-once\.[\w-]{43}$/);
  });

  it('says for whom it was made, once; a second use is refused and reported each time', () => {
    const identity = attachedIdentity();
    const token = credentials.issue(identity);
    expect(credentials.use(token)).toBe(identity);
    expect([refusalOf(token), refusalOf(token)]).toEqual([USED, USED]);
    expect(reused).toEqual([identity, identity]);
  });

  it('is good for a minute', () => {
    const [early, late] = [credentials.issue(attachedIdentity('a')), credentials.issue(attachedIdentity('b'))];
    now += 59_999;
    expect(credentials.use(early).podUID).toBe('a');
    now += 1;
    expect(refusalOf(late)).toBe(EXPIRED);
    expect(reused).toEqual([]);
  });

  it('is void when its pod gets another one, while those of other pods, and of its past, stay what they are', () => {
    const used = credentials.issue(attachedIdentity('a'));
    credentials.use(used);
    const [replaced, other] = [credentials.issue(attachedIdentity('a')), credentials.issue(attachedIdentity('b'))];
    const next = credentials.issue(attachedIdentity('a'));
    expect([refusalOf(replaced), refusalOf(used)]).toEqual([NOT_KNOWN, USED]);
    expect([credentials.use(next).podUID, credentials.use(other).podUID]).toEqual(['a', 'b']);
  });

  it.each([
    ['', 'nothing'],
    ['davylamp-once.', 'the beginning alone'],
    [`davylamp-once.${'A'.repeat(43)}`, 'one that was never made'],
    [`davylamp-once.${'A'.repeat(16_000)}`, 'a long one'],
  ])('is not %j: %s', (token) => {
    credentials.issue(attachedIdentity());
    expect(refusalOf(token)).toBe(NOT_KNOWN);
  });

  it('is told from one that never was for an hour, used or not', () => {
    const [used, late] = [credentials.issue(attachedIdentity('a')), credentials.issue(attachedIdentity('b'))];
    credentials.use(used);
    now += 3_599_999;
    credentials.issue(attachedIdentity('c'));
    expect([refusalOf(used), refusalOf(late)]).toEqual([USED, EXPIRED]);
    now += 1;
    credentials.issue(attachedIdentity('d'));
    expect([refusalOf(used), refusalOf(late)]).toEqual([NOT_KNOWN, NOT_KNOWN]);
  });

  it('gives way when ten thousand others were made after it', () => {
    const first = credentials.issue(attachedIdentity('first'));
    const second = credentials.issue(attachedIdentity('second'));
    for (let index = 1; index < 10_000; index += 1) credentials.issue(attachedIdentity(`pod-${index}`));
    expect([refusalOf(first), credentials.use(second).podUID]).toEqual([NOT_KNOWN, 'second']);
  });
});
