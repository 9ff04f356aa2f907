import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Authority, type Leaf } from '../../../src/gateway/certificates/authority.ts';
import { newAuthoritySecret } from '../../../src/gateway/certificates/authority-secret.ts';
import {
  keepServingCertificate,
  needsRenewal,
  servingNames,
} from '../../../src/gateway/certificates/serving-certificate.ts';

const DAY = 86_400_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] }));
afterEach(() => void vi.useRealTimers());

test('a leaf is for the service names, by the authority, and no authority itself', async () => {
  const authority = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
  const leaf = new X509Certificate((await authority.issue(servingNames('davylamp'))).certPem);
  const ca = new X509Certificate(authority.caPem);
  expect([leaf.ca, ca.ca, leaf.checkIssued(ca), leaf.verify(ca.publicKey)]).toEqual([false, true, true, true]);
  expect(leaf.checkHost('davylamp-gateway.davylamp.svc')).toBeTruthy();
  expect(leaf.checkHost('davylamp-webhook.davylamp.svc')).toBeTruthy();
  expect(leaf.checkHost('davylamp-gateway.other.svc')).toBeUndefined();
  const years = (ca.validToDate.getTime() - ca.validFromDate.getTime()) / DAY / 365;
  expect(years).toBeCloseTo(10, 1);
});

test('renewal is due when two thirds of the time have passed, and not before', () => {
  const leaf = { notBefore: new Date(0), notAfter: new Date(90 * DAY) };
  expect([needsRenewal(leaf, 60 * DAY - 1), needsRenewal(leaf, 60 * DAY)]).toEqual([false, true]);
});

test('the certificate is renewed in time, again and again, until the operator stops', async () => {
  const authority = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
  const stop = new AbortController();
  let renewed: (leaf: Leaf) => void = () => undefined;
  const { first } = await keepServingCertificate({
    authority: () => authority,
    dnsNames: servingNames('davylamp'),
    signal: stop.signal,
    onRenewed: (leaf) => renewed(leaf),
    onError: (error) => {
      throw error;
    },
  });
  let current = first;
  for (let round = 0; round < 2; round += 1) {
    const next = new Promise<Leaf>((resolve) => {
      renewed = resolve;
    });
    vi.setSystemTime(Date.now() + 61 * DAY);
    vi.advanceTimersByTime(3_600_000);
    const leaf = await next;
    expect(leaf.notAfter.getTime() - current.notAfter.getTime()).toBeGreaterThan(59 * DAY);
    current = leaf;
  }
  stop.abort();
  expect(vi.getTimerCount()).toBe(0);
});
