import { expect, it } from 'vitest';
import { type DeniedProbe, reviewProbe } from '../../../src/admission/probes/probe-review.ts';
import { readReview } from '../../../src/admission/review.ts';
import type { Probe } from '../../../src/api/kinds.ts';
import { deniedID } from '../../../src/audit/denied.ts';
import type { AdmissionVerdict } from '../../../src/policy/admission-verdict.ts';
import { log, policy } from '../../policy/fixtures.ts';

const CLOSED = policy('closed', {});
const FORBIDDEN: AdmissionVerdict = { is: 'Forbidden', message: 'no.', policies: [CLOSED], denials: [] };

async function review(changes: object, verdict: AdmissionVerdict = FORBIDDEN) {
  const asked: Probe[] = [];
  const request = readReview({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'r-1',
      operation: 'CREATE',
      resource: { group: 'davylamp.dev', resource: 'dynamiclogs' },
      namespace: 'shop',
      object: log(),
      ...changes,
    },
  });
  const denied: DeniedProbe[] = [];
  const answer = await reviewProbe(
    request,
    async (probe) => {
      asked.push(probe);
      return verdict;
    },
    (one) => denied.push(one),
  );
  return { answer, asked, denied };
}

it('a probe that is created or whose spec changes is refused with the sentence', async () => {
  const wantStatus = { code: 403, reason: 'Forbidden', message: 'no.' };
  expect((await review({})).answer).toMatchObject({ uid: 'r-1', allowed: false, status: wantStatus });
  const changed = { operation: 'UPDATE', object: log(), oldObject: log({ message: 'other' }) };
  expect((await review(changed)).answer.status).toEqual(wantStatus);
  expect((await review({}, { is: 'Wrong', message: 'spec.x: y' })).answer.status).toMatchObject({
    code: 422,
    reason: 'Invalid',
  });
});

it('what policies deny is told, with who asked; but not of a request that would not have been stored', async () => {
  const userInfo = { username: 'ann', groups: ['developers'] };
  const { denied } = await review({ userInfo });
  const wantRequester = { username: 'ann', uid: undefined, groups: ['developers'] };
  expect(denied).toMatchObject([{ operation: 'CREATE', requester: wantRequester, verdict: { policies: [CLOSED] } }]);
  expect((await review({ dryRun: true })).denied).toEqual([]);
  expect((await review({ operation: 'DELETE', object: null, oldObject: log() })).denied).toEqual([]);
  for (const verdict of [
    { is: 'Wrong', message: 'x' },
    { is: 'Fine', warnings: [] },
  ] as const)
    expect((await review({}, verdict)).denied).toEqual([]);
});

it("the API server's audit gets the record of what was refused, and the version that comes of what was not", async () => {
  expect((await review({})).answer.auditAnnotations).toEqual({ record: deniedID('r-1') });
  expect((await review({ dryRun: true })).answer.auditAnnotations).toBeUndefined();
  const wantVersion = { uid: 'u-1', generation: '1' };
  expect((await review({}, { is: 'Fine', warnings: [] })).answer.auditAnnotations).toEqual(wantVersion);
});

it('whatever leaves the spec alone passes without a question, and so does deleting', async () => {
  const relabeled = { ...log(), metadata: { ...log().metadata, labels: { a: 'b' } } };
  for (const changes of [
    { operation: 'UPDATE', object: relabeled, oldObject: log() },
    { operation: 'DELETE', object: null, oldObject: log() },
    { operation: 'UPDATE', subResource: 'status', object: log({ message: 'y' }), oldObject: log() },
  ]) {
    const { answer, asked } = await review(changes);
    expect(answer.allowed).toBe(true);
    expect(asked).toEqual([]);
  }
});

it('one without a name, which the API server is to make, is asked about in the namespace of the request', async () => {
  const { metadata: _, ...rest } = log();
  const { asked } = await review(
    { object: { ...rest, metadata: { generateName: 'log-' } } },
    { is: 'Fine', warnings: [] },
  );
  expect(asked[0]?.metadata).toMatchObject({ name: '', namespace: 'shop' });
});

it('what is cut is told as a warning that clients show', async () => {
  const { answer } = await review(
    {},
    { is: 'Fine', warnings: ['a cut', 'x'.repeat(500), `${'x'.repeat(244)}😀 and more`] },
  );
  expect(answer.warnings?.[0]).toBe('davylamp: a cut');
  expect(answer.warnings?.[1]).toBe(`davylamp: ${'x'.repeat(245)}…`);
  expect(answer.warnings?.[2]?.isWellFormed()).toBe(true);
});
