import { expect, it } from 'vitest';
import { reviewProbe } from '../../../src/admission/probes/probe-review.ts';
import { readReview } from '../../../src/admission/review.ts';
import type { Probe } from '../../../src/api/kinds.ts';
import type { AdmissionVerdict } from '../../../src/policy/admission-verdict.ts';
import type { PolicyView } from '../../../src/policy/policy-view.ts';
import { log, policy } from '../../policy/fixtures.ts';

const CLOSED = policy('closed', {});
const FORBIDDEN: AdmissionVerdict = { is: 'Forbidden', message: 'no.', policies: [CLOSED] };

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
  const denying: (readonly PolicyView[])[] = [];
  const answer = await reviewProbe(
    request,
    async (probe) => {
      asked.push(probe);
      return verdict;
    },
    (policies) => denying.push(policies),
  );
  return { answer, asked, denying };
}

it('a probe that is created or whose spec changes is refused with the sentence', async () => {
  const wantStatus = { code: 403, reason: 'Forbidden', message: 'no.' };
  expect((await review({})).answer).toEqual({ uid: 'r-1', allowed: false, status: wantStatus });
  const changed = { operation: 'UPDATE', object: log(), oldObject: log({ message: 'other' }) };
  expect((await review(changed)).answer.status).toEqual(wantStatus);
  expect((await review({}, { is: 'Wrong', message: 'spec.x: y' })).answer.status).toMatchObject({
    code: 422,
    reason: 'Invalid',
  });
});

it('the policies that refuse a request are told, but not of one that would not have been stored', async () => {
  expect((await review({})).denying).toEqual([[CLOSED]]);
  expect((await review({ dryRun: true })).denying).toEqual([]);
  expect((await review({ operation: 'DELETE', object: null, oldObject: log() })).denying).toEqual([]);
  for (const verdict of [
    { is: 'Wrong', message: 'x' },
    { is: 'Fine', warnings: [] },
  ] as const)
    expect((await review({}, verdict)).denying).toEqual([]);
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
  const { answer } = await review({}, { is: 'Fine', warnings: ['a cut', 'x'.repeat(500)] });
  expect(answer.warnings?.[0]).toBe('davylamp: a cut');
  expect(answer.warnings?.[1]).toHaveLength(256);
});
