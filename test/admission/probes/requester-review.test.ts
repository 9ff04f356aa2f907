import { describe, expect, it } from 'vitest';
import { recordRequester } from '../../../src/admission/probes/requester-review.ts';
import { type AdmissionRequest, readReview } from '../../../src/admission/review.ts';
import { type Requester, requesterOf } from '../../../src/policy/requester.ts';
import { applyPatch } from '../pods/apply-patch.ts';

type Annotations = Record<string, string>;
const ANN: Requester = { username: 'ann', uid: 'uid-ann', groups: ['devs', 'system:authenticated'] };
const BOB: Requester = { username: 'bob', uid: undefined, groups: [] };

function object(annotations: Annotations | undefined, spec: object = { message: 'x' }) {
  return { metadata: { name: 'large', ...(annotations && { annotations }) }, spec };
}

function request(who: Requester, now: unknown, before?: unknown): AdmissionRequest {
  return readReview({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'r-1',
      operation: before === undefined ? 'CREATE' : 'UPDATE',
      resource: { group: 'davylamp.dev', resource: 'dynamiclogs' },
      userInfo: who,
      object: now,
      oldObject: before,
    },
  });
}

/** The annotations that the object has after the patch. */
function recorded(who: Requester, now: ReturnType<typeof object>, before?: unknown): Annotations {
  const { allowed, patch } = recordRequester(request(who, now, before));
  expect(allowed).toBe(true);
  const operations = JSON.parse(Buffer.from(patch ?? '', 'base64').toString() || '[]');
  const after = applyPatch(now, operations) as ReturnType<typeof object>;
  return after.metadata.annotations ?? {};
}

const written = recorded(ANN, object(undefined));

describe('the requester of a probe', () => {
  it('is who creates it, whatever the manifest says', () => {
    expect(requesterOf({ annotations: written })).toEqual(ANN);
    const forged = object({
      'davylamp.dev/requested-by': 'root',
      'davylamp.dev/requested-by-groups': 'system:masters',
      own: 'x',
    });
    const annotations = recorded(BOB, forged);
    expect(requesterOf({ annotations })).toEqual(BOB);
    expect(annotations).toEqual({ 'davylamp.dev/requested-by': 'bob', own: 'x' });
  });

  it('is who changes the spec', () => {
    const annotations = recorded(BOB, object(written, { message: 'y' }), object(written));
    expect(requesterOf({ annotations })).toEqual(BOB);
  });

  it('stays when anything else changes, also when that takes the annotations away or says somebody else', () => {
    const before = object(written);
    expect(recorded(BOB, object({ ...written, own: 'x' }), before)).toEqual({ ...written, own: 'x' });
    expect(recorded(BOB, object(undefined), before)).toEqual(written);
    expect(recorded(BOB, object({ ...written, 'davylamp.dev/requested-by': 'bob' }), before)).toEqual(written);
  });

  it('is not invented for an object from before', () => {
    const annotations = recorded(BOB, object({ 'davylamp.dev/requested-by': 'ann' }), object({ own: 'x' }));
    expect(annotations).toEqual({});
  });

  it('nothing is patched where nothing has to be', () => {
    expect(recordRequester(request(ANN, object(written), object(written)))).toEqual({ uid: 'r-1', allowed: true });
  });

  it('with more groups than can be recorded is refused, as none may be left out', () => {
    const groups = Array.from({ length: 2000 }, (_, index) => `a-group-of-the-company-${index}`);
    const { allowed, status } = recordRequester(request({ ...ANN, groups }, object(undefined)));
    expect(allowed).toBe(false);
    expect(status?.message).toMatch(
      /^the names of the requester and of their 2000 groups take \d+ bytes; at most 32768 can be recorded/,
    );
  });
});
