import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WaitingLines } from '../../src/audit/waiting-lines.ts';

it('however a disk takes them, every line that had room is in the file once, whole and in order', () => {
  const lines = fc.array(
    fc.string({ maxLength: 20 }).map((text) => `${text.replaceAll('\n', '')}\n`),
    { maxLength: 30 },
  );
  const takes = fc.infiniteStream(fc.nat({ max: 50 }));
  fc.assert(
    fc.property(lines, takes, (all, taking) => {
      const waiting = new WaitingLines(200);
      const wanted: string[] = [];
      const file: Buffer[] = [];
      for (const line of all) {
        if (waiting.add(line)) wanted.push(line);
        const batch = waiting.oldest(64);
        const part = batch.subarray(0, taking.next().value);
        file.push(part);
        // A line that was not written whole is ended, as a reader finds it, and written again.
        if (waiting.written(part.length)) file.push(Buffer.from('TORN\n'));
      }
      while (waiting.count > 0) {
        const batch = waiting.oldest(64);
        file.push(batch);
        expect(waiting.written(batch.length)).toBe(false);
      }
      const whole = Buffer.concat(file)
        .toString()
        .split(/(?<=\n)/)
        .filter((line) => line !== '' && !line.endsWith('TORN\n'));
      expect(whole).toEqual(wanted.filter((line) => !line.endsWith('TORN\n')));
    }),
  );
});

it('holds no more than its bytes', () => {
  const waiting = new WaitingLines(6);
  expect(['12\n', 'ä\n', '3\n', '\n'].map((line) => waiting.add(line))).toEqual([true, true, false, false]);
  expect(waiting.clear()).toBe(2);
  expect(waiting.add('12345\n')).toBe(true);
});
