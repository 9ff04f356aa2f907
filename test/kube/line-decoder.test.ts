import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeLines } from '../../src/kube/line-decoder.ts';

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const size of sizes) {
    yield bytes.subarray(start, start + size);
    start += size;
  }
  yield bytes.subarray(start);
}

async function read(bytes: AsyncIterable<Uint8Array>, withRest: boolean): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of decodeLines(bytes, withRest)) lines.push(line);
  return lines;
}

const collect = (text: string, sizes: readonly number[], withRest: boolean): Promise<string[]> =>
  read(inPieces(Buffer.from(text), sizes), withRest);

describe('decodeLines', () => {
  test('yields the same lines however the bytes are cut', async () => {
    const lines = fc.array(fc.string({ unit: 'grapheme' }).filter((line) => !/[\r\n]/.test(line)));
    await fc.assert(
      fc.asyncProperty(lines, fc.array(fc.nat(7)), async (wantLines, sizes) => {
        const text = wantLines.map((line) => `${line}\n`).join('');
        expect(await collect(text, sizes, false)).toEqual(wantLines);
      }),
    );
  });

  test('holds back half a watch event, and hands on the last line of a log', async () => {
    expect(await collect('{"a":1}\n{"b"', [3], false)).toEqual(['{"a":1}']);
    expect(await collect('first\nlast', [3], true)).toEqual(['first', 'last']);
  });

  test('takes off the line ends of Windows', async () => {
    expect(await collect('one\r\ntwo\r\n', [4, 1], true)).toEqual(['one', 'two']);
  });

  test('refuses a line without end', async () => {
    const endless = async function* () {
      const piece = Buffer.alloc(1024 * 1024, 'x');
      for (;;) yield piece;
    };
    await expect(read(endless(), false)).rejects.toThrow(RangeError);
  });
});
