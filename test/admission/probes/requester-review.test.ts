import { describe, expect, it } from 'vitest';
import { type Approve, recordRequester } from '../../../src/admission/probes/requester-review.ts';
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
async function recorded(who: Requester, now: ReturnType<typeof object>, before?: unknown): Promise<Annotations> {
  const { allowed, patch } = await recordRequester(request(who, now, before), approve);
  expect(allowed).toBe(true);
  const operations = JSON.parse(Buffer.from(patch ?? '', 'base64').toString() || '[]');
  const after = applyPatch(now, operations) as ReturnType<typeof object>;
  return after.metadata.annotations ?? {};
}

/** Bob may approve, and nobody else. */
const approve: Approve = async ({ approver, specHash }) =>
  approver.username === 'bob' ? { record: `bob approved ${specHash}` } : { refused: 'no.' };

const warningsOf = async (now: unknown, old?: unknown) =>
  (await recordRequester(request(BOB, now, old), approve)).warnings;

const written = await recorded(ANN, object(undefined));

describe('the requester of a probe', () => {
  it('is who creates it, whatever the manifest says', async () => {
    expect(requesterOf({ annotations: written })).toEqual(ANN);
    const forged = object({
      'davylamp.dev/requested-by': 'root',
      'davylamp.dev/requested-by-groups': 'system:masters',
      own: 'x',
    });
    const annotations = await recorded(BOB, forged);
    expect(requesterOf({ annotations })).toEqual(BOB);
    expect(annotations).toEqual({ 'davylamp.dev/requested-by': 'bob', own: 'x' });
  });

  it('is who changes the spec', async () => {
    const annotations = await recorded(BOB, object(written, { message: 'y' }), object(written));
    expect(requesterOf({ annotations })).toEqual(BOB);
  });

  it('stays when anything else changes, also when that takes the annotations away or says somebody else', async () => {
    const before = object(written);
    expect(await recorded(BOB, object({ ...written, own: 'x' }), before)).toEqual({ ...written, own: 'x' });
    expect(await recorded(BOB, object(undefined), before)).toEqual(written);
    expect(await recorded(BOB, object({ ...written, 'davylamp.dev/requested-by': 'bob' }), before)).toEqual(written);
  });

  it('is not invented for an object from before', async () => {
    const annotations = await recorded(BOB, object({ 'davylamp.dev/requested-by': 'ann' }), object({ own: 'x' }));
    expect(annotations).toEqual({});
  });

  it('nothing is patched where nothing has to be', async () => {
    expect(await recordRequester(request(ANN, object(written), object(written)), approve)).toEqual({
      uid: 'r-1',
      allowed: true,
    });
  });

  it('with more groups than can be recorded is refused, as none may be left out', async () => {
    const groups = Array.from({ length: 2000 }, (_, index) => `a-group-of-the-company-${index}`);
    const { allowed, status } = await recordRequester(request({ ...ANN, groups }, object(undefined)), approve);
    expect(allowed).toBe(false);
    expect(status?.message).toMatch(
      /^the names of the requester and of their 2000 groups take \d+ bytes; at most 32768 can be recorded/,
    );
  });
});

describe('an approval', () => {
  const asking = { 'davylamp.dev/approve': 'hash-1', 'davylamp.dev/approve-ticket': 'T-7' };
  const before = object(written);

  it('that counts is recorded, and what asked for it is taken away', async () => {
    const annotations = await recorded(BOB, object({ ...written, ...asking }), before);
    expect(annotations).toEqual({ ...written, 'davylamp.dev/approvals': 'bob approved hash-1' });
    expect(await recorded(ANN, object(undefined), object(annotations))).toEqual(annotations);
  });

  it('that does not count refuses the request', async () => {
    const answer = await recordRequester(request(ANN, object({ ...written, ...asking }), before), approve);
    expect(answer).toMatchObject({ allowed: false, status: { code: 403, message: 'no.' } });
  });

  it('cannot be written by hand, and a change of spec in the same request takes it away', async () => {
    const forged = { 'davylamp.dev/approvals': 'bob approved hash-1' };
    expect(await recorded(ANN, object({ ...written, ...forged }), before)).toEqual(written);
    const changed = await recorded(BOB, object({ ...written, ...asking, ...forged }, { message: 'y' }), before);
    expect(changed).toEqual({ 'davylamp.dev/requested-by': 'bob' });
    expect(await recorded(ANN, object({ ...asking, ...forged }))).toEqual(written);
  });

  it('beside a new spec is not taken for one, and that is told with what to do', async () => {
    const wantWarning = /^davylamp: the approval was not recorded, .*: kubectl davylamp approve$/;
    for (const warnings of [
      await warningsOf(object({ ...written, ...asking }, { message: 'y' }), before),
      await warningsOf(object(asking)),
    ]) {
      expect(warnings).toEqual([expect.stringMatching(wantWarning)]);
      // Longer ones are cut on their way.
      expect(warnings?.[0]?.length).toBeLessThan(256);
    }
    expect(await warningsOf(object(written, { message: 'y' }), before)).toBeUndefined();
    expect(await warningsOf(object({ ...written, ...asking }), before)).toBeUndefined();
  });

  it('of which there is only its reason or ticket is none, and that is told with what to do', async () => {
    const wantWarning = /^davylamp: a note on an approval was not recorded: .* kubectl davylamp approve$/;
    for (const note of ['davylamp.dev/approve-reason', 'davylamp.dev/approve-ticket']) {
      const alone = { ...written, [note]: 'Incident 42' };
      for (const warnings of [
        await warningsOf(object(alone), before),
        await warningsOf(object(alone, { message: 'y' }), before),
        await warningsOf(object(alone)),
      ]) {
        expect(warnings).toEqual([expect.stringMatching(wantWarning)]);
        expect(warnings?.[0]?.length).toBeLessThan(256);
      }
      expect(await recorded(BOB, object(alone), before)).toEqual(written);
    }
  });
});
