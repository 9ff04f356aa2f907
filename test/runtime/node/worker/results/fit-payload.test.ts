import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CaptureResult, captureResultSchema } from '../../../../../src/protocol/result.ts';
import type { CapturedValue } from '../../../../../src/protocol/value.ts';
import { fitCapture } from '../../../../../src/runtime/node/worker/results/fit-payload.ts';
import { bytesOf, fitText } from '../../../../../src/runtime/node/worker/results/fit-value.ts';

const string = (text: string): CapturedValue => ({ type: 'string', text });
const number = (value: number): CapturedValue => ({ type: 'number', text: String(value) });
const list = (...items: CapturedValue[]): CapturedValue => ({ type: 'array', size: items.length, items });
const object = (fields: Record<string, CapturedValue>): CapturedValue => ({
  type: 'object',
  fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
});
const variables = (values: Record<string, CapturedValue>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

const capture = (changes: Partial<CaptureResult> = {}): CaptureResult => ({
  frames: [{ function: 'place', location: 'src/orders.ts:50:11', locals: [] }],
  watches: [],
  pauseMicroseconds: 620,
  ...changes,
});

describe('a capture within limits.payloadBytes', () => {
  it('is whole while it fits, to the last byte', () => {
    const whole = capture({ watches: variables({ text: string('あ'.repeat(300)) }) });
    const bytes = bytesOf(whole);
    expect(fitCapture(whole, bytes)).toEqual(whole);
    const shorter = fitCapture(whole, bytes - 1);
    expect(bytesOf(shorter)).toBeLessThanOrEqual(bytes - 1);
    expect(shorter?.watches[0]?.value).toMatchObject({ type: 'string', size: 300, notCaptured: 'length' });
    expect(shorter?.cut).toBe(`the largest values, as limits.payloadBytes is ${bytes - 1}`);
  });

  it('has every small value whole beside sixteen that are too large, and a part of each of those', () => {
    const large = list(
      ...Array.from({ length: 100 }, (_, index) => object({ text: string('x'.repeat(200)), id: number(index) })),
    );
    const watches = [
      ...Array.from({ length: 15 }, (_, index) => ({ name: `large${index}`, value: large })),
      { name: 'small', value: number(7) },
    ];
    const frames = [
      {
        function: 'place',
        location: 'a.js:1:1',
        this: large,
        locals: variables({ large, ppm: number(5000) }),
        closure: variables({ last: string('lamp') }),
      },
      { function: 'main', location: 'a.js:9:1', locals: variables({ large, total: number(2) }) },
    ];
    const fitted = fitCapture(capture({ watches, frames }), 65_536);
    expect(bytesOf(fitted)).toBeLessThanOrEqual(65_536);
    expect(bytesOf(fitted)).toBeGreaterThan(60_000);
    expect(fitted?.watches.at(-1)).toEqual({ name: 'small', value: number(7) });
    expect(fitted?.frames[0]?.locals?.[1]).toEqual({ name: 'ppm', value: number(5000) });
    expect(fitted?.frames[0]?.closure).toEqual(variables({ last: string('lamp') }));
    expect(fitted?.frames[1]?.locals?.[1]).toEqual({ name: 'total', value: number(2) });
    for (const { value } of fitted?.watches.slice(0, 15) ?? []) {
      expect(value).toMatchObject({ type: 'array', size: 100, notCaptured: 'bytes' });
      expect(value.items?.length).toBeGreaterThan(5);
    }
  });

  it('never shows a part of a number, a date or a big number, which would be another one', () => {
    const texts = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`t${index}`, string('x'.repeat(400))]));
    const digits = '1234567890'.repeat(30);
    const values = { ...texts, big: { type: 'bigint', text: digits }, when: { type: 'date', text: digits } };
    for (let bytes = 500; bytes < 20_000; bytes += 397) {
      const fitted = fitCapture(
        capture({ watches: [], frames: [{ function: 'f', location: 'a:1:1', locals: variables(values) }] }),
        bytes,
      );
      for (const { value } of fitted?.frames[0]?.locals ?? []) {
        if (value.type !== 'string') expect([undefined, digits]).toContain(value.text);
      }
    }
  });

  it('keeps upper frames when not even the names of all variables fit, and says so', () => {
    const many = variables(
      Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`variable${index}`, number(index)])),
    );
    const frames = Array.from({ length: 20 }, (_, index) => ({
      function: `f${index}`,
      location: 'src/orders.ts:50:11',
      locals: many,
    }));
    const fitted = fitCapture(capture({ frames }), 4096);
    expect(bytesOf(fitted)).toBeLessThanOrEqual(4096);
    expect(fitted?.frames[0]?.locals?.length).toBeGreaterThan(10);
    expect(fitted?.cut).toBe('frames and variables from the lowest up, as limits.payloadBytes is 4096');
  });

  it('is none when not even one frame fits', () => {
    expect(fitCapture(capture({ frames: [{ function: 'f', location: '道'.repeat(500) }] }), 256)).toBeUndefined();
  });

  it('of any values is of the wire’s shape and within any bound', () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }).map(string),
      fc.integer().map(number),
      fc.constant<CapturedValue>({ type: 'string', notCaptured: 'redacted', text: '12 characters' }),
      fc.string({ unit: 'binary', maxLength: 80 }).map(
        (text): CapturedValue => ({
          type: 'error',
          text,
          className: text,
          fields: variables({ stack: string(text) }),
        }),
      ),
    );
    const { value } = fc.letrec<{ value: CapturedValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf,
        fc.array(tie('value'), { maxLength: 6 }).map((items) => list(...items)),
        fc.dictionary(fc.string({ unit: 'binary', maxLength: 600 }), tie('value'), { maxKeys: 6 }).map(object),
        fc
          .array(fc.tuple(leaf, tie('value')), { maxLength: 4 })
          .map((entries): CapturedValue => ({ type: 'map', size: entries.length, entries })),
      ),
    }));
    const fields = fc.dictionary(fc.string({ unit: 'binary', maxLength: 600 }), value, { maxKeys: 5 }).map(variables);
    const frame = fc.record({
      function: fc.string({ maxLength: 300 }),
      location: fc.string({ unit: 'binary', maxLength: 700 }),
      locals: fields,
      closure: fields,
      this: value,
    });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 5 }),
        fields,
        fc.integer({ min: 256, max: 20_000 }),
        (frames, watches, bytes) => {
          const fitted = fitCapture(capture({ frames, watches }), bytes);
          if (fitted === undefined) return;
          expect(bytesOf(fitted)).toBeLessThanOrEqual(bytes);
          expect(captureResultSchema.parse(fitted)).toEqual(fitted);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a message within limits.payloadBytes', () => {
  it('is cut by the bytes of its JSON, between characters', () => {
    expect(fitText('lamp', 6)).toBe('lamp');
    expect(fitText('lampe', 6)).toBe('l…');
    expect(fitText('ランプ', 11)).toBe('ランプ');
    expect(fitText('ランプは', 11)).toBe('ラン…');
    expect(fitText('😀😀', 9)).toBe('😀…');
    expect(fitText('\u0000\u0000', 9)).toBe('…');
  });

  it('whatever the text, has at most so many bytes, and begins as the text does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), fc.integer({ min: 5, max: 600 }), (text, bytes) => {
        const fitted = fitText(text, bytes);
        expect(bytesOf(fitted)).toBeLessThanOrEqual(bytes);
        expect(fitted === text || (fitted.endsWith('…') && text.startsWith(fitted.slice(0, -1)))).toBe(true);
      }),
    );
  });
});
