import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureSchema, type StatusCapture } from '../../../../src/api/snapshot.ts';
import { pruneCapture } from '../../../../src/controllers/probes/observed/prune-capture.ts';

const variable = (name: string, length: number) => ({ name, value: 'x'.repeat(length) });
const capture = (frames: StatusCapture['frames']): StatusCapture => ({
  time: '2026-11-21T10:00:00Z',
  podName: 'a',
  frames,
});
const size = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('a capture that is too large for status', () => {
  it('stays as it is when it fits', () => {
    const small = capture([{ function: 'place', location: 'a.ts:1:1', locals: [variable('a', 10)] }]);
    expect(pruneCapture(small, 1000)).toBe(small);
  });

  it('loses the largest and deepest values first, and says so', () => {
    const pruned = pruneCapture(
      capture([
        { function: 'place', location: 'a.ts:1:1', locals: [variable('near', 1000)] },
        { function: 'serve', location: 'b.ts:1:1', locals: [variable('far', 1000), variable('short', 20)] },
      ]),
      1800,
    );
    expect(pruned.frames[0]?.locals?.[0]?.value).toHaveLength(1000);
    expect(pruned.frames[1]?.locals?.[0]?.value).toHaveLength(500);
    expect(pruned.frames[1]?.locals?.[1]?.value).toHaveLength(20);
    expect(pruned.cut).toBe('To fit into status, 1 values are shortened; the log of the agent has the whole.');
  });

  it('loses variables from the bottom of the stack when shortening is not enough, and never the stack', () => {
    const frame = (name: string) => ({
      function: name,
      location: 'a.ts:1:1',
      locals: Array.from({ length: 20 }, (_, index) => variable(`v${index}`, 60)),
    });
    const pruned = pruneCapture(capture([frame('a'), frame('b'), frame('c')]), 2500);
    expect(pruned.frames.map((one) => [one.function, one.locals?.length])).toEqual([
      ['a', 20],
      ['b', undefined],
      ['c', undefined],
    ]);
    expect(pruned.cut).toContain('the variables of 2 frames are left out');
  });

  it('fits, and stays valid, whatever was captured', () => {
    const named = fc.record({ name: fc.string({ maxLength: 20 }), value: fc.string({ maxLength: 400 }) });
    const frames = fc.array(
      fc.record({
        function: fc.string({ maxLength: 20 }),
        location: fc.constant('a.ts:1:1'),
        locals: fc.array(named, { maxLength: 10 }),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(frames, fc.integer({ min: 1200, max: 6000 }), (all, bytes) => {
        const pruned = pruneCapture(capture(all), bytes);
        expect(captureSchema.safeParse(pruned).success).toBe(true);
        expect(size({ ...pruned, cut: undefined })).toBeLessThanOrEqual(bytes);
      }),
      { numRuns: 50 },
    );
  });
});
