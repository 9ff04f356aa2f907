import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { logLineSchema } from '../../src/protocol/log-line.ts';
import { StandardOutput } from '../../src/sinks/standard-output.ts';
import { ProbeNames, toLogLine } from '../../src/sinks/to-log-line.ts';
import { exampleProbe, exampleProcess, exampleResult } from '../sidecar/examples.ts';

/** A reader that takes a line only when it is told to. */
class SlowReader extends Writable {
  readonly lines: string[] = [];
  #next: (() => void) | undefined;
  #open = false;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.lines.push(String(chunk));
    if (this.#open) done();
    else this.#next = done;
  }

  read(): void {
    this.#open = true;
    this.#next?.();
  }
}

describe('the log of the agent', () => {
  it('has one line of the documented form for a result', () => {
    const line = toLogLine(exampleResult(7, { traceID: 'a'.repeat(32) }), exampleProbe(), exampleProcess(), 'orders-1');

    expect(logLineSchema.parse(JSON.parse(JSON.stringify(line)))).toEqual({
      time: '2026-11-18T11:06:40.000Z',
      level: 'Info',
      kind: 'DynamicLog',
      namespace: 'shop',
      name: 'large-orders',
      uid: 'uid-1',
      pod: 'orders-1',
      container: 'app',
      pid: 4711,
      sequence: 7,
      location: 'src/orders.ts:50:11',
      traceID: 'a'.repeat(32),
      message: 'order 7',
    });
  });

  it('summarises a snapshot in its message and holds the whole capture', () => {
    const capture = {
      frames: [{ function: 'OrderService.place', location: 'src/orders.ts:54:5', locals: [] }],
      watches: [],
      pauseMicroseconds: 400,
    };
    const line = toLogLine(
      exampleResult(1, { log: undefined, capture }),
      { ...exampleProbe(), kind: 'Snapshot' },
      exampleProcess(),
    );

    expect(line).toMatchObject({ level: 'Info', kind: 'Snapshot', capture });
    expect(line.message).toBe('snapshot at src/orders.ts:50:11: 1 frame, 0 locals in OrderService.place');
  });

  it('drops lines while nobody reads, and says how many when somebody does', async () => {
    const reader = new SlowReader();
    const sink = new StandardOutput(reader);
    const drained = new Promise((resolve) => reader.once('drain', resolve));
    for (let index = 0; index < 3000; index += 1) sink.agent('Info', 'x'.repeat(1000));
    expect(reader.writableLength).toBeLessThan(1024 * 1024 + 2000);
    reader.read();
    await drained;

    const last = JSON.parse(reader.lines.at(-1) ?? '');
    expect(last).toMatchObject({ kind: 'Agent', level: 'Warn' });
    expect(Number.parseInt(last.message, 10)).toBe(3000 - (reader.lines.length - 1));
  });

  it('has everything in order after a reader that was slow, and before it ends', async () => {
    const reader = new SlowReader();
    const output = new StandardOutput(reader);
    for (let index = 0; index < 100; index += 1) output.agent('Info', `${index} ${'x'.repeat(1000)}`);
    const closed = output.close();
    reader.read();
    await closed;

    const numbers = reader.lines.filter(Boolean).map((line) => Number.parseInt(JSON.parse(line).message, 10));
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(output.dropped()).toEqual(new Map());
  });

  it('still knows the names of probes that were just withdrawn, but not of all there ever were', () => {
    const names = new ProbeNames(2);
    names.learn([exampleProbe({ uid: 'a', name: 'first' }), exampleProbe({ uid: 'b' })]);
    names.learn([]);
    expect(names.of('a')?.name).toBe('first');

    names.learn([exampleProbe({ uid: 'c' })]);
    expect(names.of('a')).toBeUndefined();
    expect(names.of('c')).toBeDefined();
  });
});
