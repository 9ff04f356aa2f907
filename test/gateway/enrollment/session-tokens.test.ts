import { createHmac } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuthenticationRefused } from '../../../src/gateway/agents/authenticate.ts';
import { Authority } from '../../../src/gateway/certificates/authority.ts';
import { newAuthoritySecret } from '../../../src/gateway/certificates/authority-secret.ts';
import { SESSION_KEY_PURPOSE, SessionTokens } from '../../../src/gateway/enrollment/session-tokens.ts';
import { attachedIdentity } from '../fixtures.ts';

describe('a session token', () => {
  let authority: Authority;
  let now: number;
  let sessions: SessionTokens;

  const newAuthority = async () => Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
  const sessionsOf = (held: Authority) =>
    new SessionTokens({ key: () => held.deriveKey(SESSION_KEY_PURPOSE), now: () => now });

  beforeAll(async () => {
    authority = await newAuthority();
  });
  beforeEach(() => {
    now = 1_000_000;
    sessions = sessionsOf(authority);
  });

  const refusalOf = (token: string, by = sessions): string => {
    try {
      by.read(token);
    } catch (error) {
      if (error instanceof AuthenticationRefused && error.status === 401) return error.message;
      throw error;
    }
    return 'accepted';
  };
  const STRANGE = 'the session token is not one of this gateway';

  /** A token with a right signature, which only the gateway could make. */
  function signed(payload: string): string {
    const text = `davylamp-session.${Buffer.from(payload).toString('base64url')}`;
    const mac = createHmac('sha256', authority.deriveKey(SESSION_KEY_PURPOSE)).update(text);
    return `${text}.${mac.digest('base64url')}`;
  }

  it('says for whom it was made, also to a replica that has read the same Secret', async () => {
    const token = sessions.issue(attachedIdentity());
    expect(token).toMatch(/^davylamp-session\.[\w-]+\.[\w-]{43}$/);
    const replica = await Authority.fromSecret(authority.toSecret('davylamp'), 'davylamp');
    expect(sessionsOf(replica).read(token)).toEqual(attachedIdentity());
  });

  it('fits into the frame that carries it, however long the names', () => {
    const longest = { namespace: 'n'.repeat(63), podName: 'p'.repeat(253), containerName: 'c'.repeat(63) };
    const token = sessions.issue({ ...longest, podUID: 'u'.repeat(36) });
    expect(token.length).toBeLessThan(1024);
    expect(sessions.read(token)).toMatchObject(longest);
  });

  it('is good for an hour', () => {
    const token = sessions.issue(attachedIdentity());
    now += 3_599_999;
    expect(sessions.read(token)).toEqual(attachedIdentity());
    now += 1;
    expect(refusalOf(token)).toBe('the session token has expired');
  });

  it('is refused when any character of it is another, is missing, or is too much', () => {
    const token = sessions.issue(attachedIdentity());
    for (let index = 0; index < token.length; index += 1) {
      const other = token[index] === 'A' ? 'B' : 'A';
      expect(refusalOf(token.slice(0, index) + other + token.slice(index + 1))).toBe(STRANGE);
      expect(refusalOf(token.slice(0, index) + token.slice(index + 1))).toBe(STRANGE);
    }
    for (const text of [`${token}A`, `${token}=`, `${token}.`, ` ${token}`, token.repeat(2), '', 'davylamp-session.']) {
      expect(refusalOf(text)).toBe(STRANGE);
    }
  });

  it('is refused when it names another pod than the one for which it was signed', () => {
    const [prefix, payload = '', mac] = sessions.issue(attachedIdentity()).split('.');
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), uid: 'pod-2' };
    const forged = Buffer.from(JSON.stringify(claims)).toString('base64url');
    expect(refusalOf([prefix, forged, mac].join('.'))).toBe(STRANGE);
  });

  it('is refused when another authority signed it, also the one before', async () => {
    const token = sessions.issue(attachedIdentity());
    expect(refusalOf(token, sessionsOf(await newAuthority()))).toBe(STRANGE);
    expect(refusalOf(token, sessionsOf(await authority.successor()))).toBe(STRANGE);
    expect(sessionsOf(await authority.alone()).read(token)).toEqual(attachedIdentity());
  });

  it.each([
    ['of another version', { v: 2 }],
    ['without a container', { container: '' }],
    ['with more than it should have', { admin: true }],
    ['that never expires', { exp: Number.MAX_VALUE }],
  ])('%s is refused even if its signature is right', (_, change) => {
    const claims = { v: 1, ns: 'shop', pod: 'orders-1', uid: 'pod-1', container: 'davylamp', exp: 2000 };
    expect(refusalOf(signed(JSON.stringify(claims)))).toBe('accepted');
    expect(refusalOf(signed(JSON.stringify({ ...claims, ...change })))).toBe(STRANGE);
  });

  it('that is as long as a frame is not even looked at', () => {
    expect(refusalOf(signed(' '.repeat(3_000_000)))).toBe(STRANGE);
  });
});
