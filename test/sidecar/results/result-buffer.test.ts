import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRAME_BYTES, MAX_FRAME_BYTES, MAX_RESULT_BYTES } from '../../../src/protocol/limits.ts';
import { ResultBuffer } from '../../../src/sidecar/results/result-buffer.ts';
import { exampleResult } from '../examples.ts';

const results = (count: number, uid = 'uid-1') =>
  Array.from({ length: count }, (_, index) => exampleResult(index + 1, { uid }));

describe('the buffer of results that the gateway has not acknowledged', () => {
  it('numbers results from 1 and gives them out until they are acknowledged', () => {
    const buffer = new ResultBuffer();
    buffer.add(results(3));

    expect(buffer.batch(1)).toMatchObject({ first: 1, encoded: { length: 3 } });
    expect(buffer.batch(3)).toMatchObject({ first: 3, encoded: { length: 1 } });
    buffer.acknowledge(2);
    expect(buffer.batch(1)).toMatchObject({ first: 3, encoded: { length: 1 } });
    buffer.acknowledge(3);
    expect(buffer.batch(1)).toBeUndefined();
  });

  it('drops the oldest when it is full, and counts them for their probe', () => {
    const buffer = new ResultBuffer({ results: 4, bytes: 1_000_000 });
    buffer.add(results(3, 'old'));
    buffer.add(results(3, 'new'));

    expect(buffer.dropped()).toEqual([{ uid: 'old', count: 2 }]);
    expect(buffer.batch(1)).toMatchObject({ first: 3, encoded: { length: 4 } });
  });

  it('is bounded by bytes too, so that a few large captures do not fill the agent', () => {
    const buffer = new ResultBuffer({ results: 1000, bytes: 10_000 });
    buffer.add([exampleResult(1, { log: { level: 'Info', message: 'x'.repeat(6000) } })]);
    buffer.add([exampleResult(2, { log: { level: 'Info', message: 'x'.repeat(6000) } })]);

    expect(buffer.size).toBe(1);
    expect(buffer.batch(1)?.first).toBe(2);
  });

  it('gives out at most 256 results at once', () => {
    const buffer = new ResultBuffer();
    buffer.add(results(300));

    expect(buffer.batch(1)?.encoded).toHaveLength(256);
    expect(buffer.batch(257)?.encoded).toHaveLength(44);
  });

  it('drops a single result that no frame could carry, counted in bytes, and no other', () => {
    const around = Buffer.byteLength(JSON.stringify(exampleResult(1, { log: { level: 'Info', message: '' } })));
    const sized = (bytes: number) =>
      exampleResult(1, { log: { level: 'Info', message: 'あ'.repeat(Math.floor(bytes / 3)) + 'x'.repeat(bytes % 3) } });
    const buffer = new ResultBuffer();
    buffer.add([sized(MAX_RESULT_BYTES - around), sized(MAX_RESULT_BYTES - around + 1), exampleResult(2)]);

    expect(buffer.size).toBe(2);
    expect(buffer.dropped()).toEqual([{ uid: 'uid-1', count: 1 }]);
  });

  it('fills no frame beyond its bytes, whatever characters results are of', () => {
    const letters = fc.string({ unit: 'binary', maxLength: 60_000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(letters, fc.integer({ min: 1, max: 20 })), { maxLength: 12 }), (messages) => {
        const buffer = new ResultBuffer();
        const made = messages.map(([message, times], index) =>
          exampleResult(index + 1, { log: { level: 'Info', message: message.repeat(times) } }),
        );
        buffer.add(made);
        let next = 1;
        for (let batch = buffer.batch(next); batch !== undefined; batch = buffer.batch(next)) {
          next = batch.first + batch.encoded.length;
          const bytes = Buffer.byteLength(`{"type":"results","first":1,"results":[${batch.encoded.join(',')}]}`);
          expect(bytes).toBeLessThan(batch.encoded.length === 1 ? MAX_FRAME_BYTES : FRAME_BYTES + 100);
        }
        expect(next - 1).toBe(made.length);
      }),
      { numRuns: 30 },
    );
  });

  it('ignores an acknowledgement of numbers that it never gave out', () => {
    const buffer = new ResultBuffer();
    buffer.add(results(2));
    buffer.acknowledge(99);

    expect(buffer.size).toBe(2);
  });

  it('never loses or repeats a result silently, whatever the order of additions and acknowledgements', () => {
    const step = fc.oneof(fc.record({ add: fc.integer({ min: 1, max: 40 }) }), fc.record({ acknowledge: fc.nat(200) }));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const buffer = new ResultBuffer({ results: 30, bytes: 1_000_000 });
        let added = 0;
        let acknowledged = 0;
        for (const taken of steps) {
          if ('add' in taken) {
            added += taken.add;
            buffer.add(results(taken.add));
          } else {
            const before = buffer.size;
            buffer.acknowledge(taken.acknowledge);
            acknowledged += before - buffer.size;
          }
        }
        const dropped = buffer.dropped()[0]?.count ?? 0;
        expect(dropped + acknowledged + buffer.size).toBe(added);
        expect(buffer.batch(1)?.first ?? added + 1).toBe(added - buffer.size + 1);
      }),
    );
  });
});
