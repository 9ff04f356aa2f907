import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApiError, isAlreadyExists, isConflict, isGone, isNotFound, isUnreachable } from '../../src/kube/api-error.ts';

const status = (code: number, reason: string, more: object = {}): string =>
  JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: `it is ${reason}`,
    reason,
    code,
    ...more,
  });

describe('an error of the API server', () => {
  test('carries its sentence, reason and causes', () => {
    const causes = [{ reason: 'FieldValueInvalid', message: 'too small', field: 'spec.ttlSeconds' }];
    const error = ApiError.fromAnswer(422, status(422, 'Invalid', { details: { causes } }));
    expect(error).toMatchObject({ message: 'it is Invalid', status: 422, reason: 'Invalid', causes });
  });

  test.each([
    ['not found', 404, 'NotFound', isNotFound],
    ['a conflict', 409, 'Conflict', isConflict],
    ['a name that is taken', 409, 'AlreadyExists', isAlreadyExists],
    ['gone', 410, 'Expired', isGone],
  ])('is known as %s', (_what, code, reason, is) => {
    expect(is(ApiError.fromAnswer(code, status(code, reason)))).toBe(true);
    expect(is(new Error('other'))).toBe(false);
  });

  test('takes the time to wait from the header before the body', () => {
    const body = status(429, 'TooManyRequests', { details: { retryAfterSeconds: 9 } });
    expect(ApiError.fromAnswer(429, body).retryAfterSeconds).toBe(9);
    expect(ApiError.fromAnswer(429, body, 2).retryAfterSeconds).toBe(2);
  });

  test('quotes the page of a proxy, cut', () => {
    const error = ApiError.fromAnswer(502, `<html>${'x'.repeat(10_000)}`);
    expect(error.message).toMatch(/^the API server answered 502: <html>x+$/);
    expect(error.message.length).toBeLessThan(400);
  });

  test('is made from any body without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(ApiError.fromAnswer(500, body).status).toBe(500);
        expect(ApiError.fromWatch(body)).toBeInstanceOf(ApiError);
      }),
    );
  });

  test('inside a watch has the status that the event names', () => {
    expect(isGone(ApiError.fromWatch(JSON.parse(status(410, 'Expired'))))).toBe(true);
    expect(isUnreachable(ApiError.fromWatch(undefined))).toBe(false);
  });
});
