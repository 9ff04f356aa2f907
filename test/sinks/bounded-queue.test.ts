import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { BoundedQueue } from '../../src/sinks/bounded-queue.ts';

describe('the queue in front of a destination', () => {
  it('gives back what it was given, the oldest first', () => {
    const queue = new BoundedQueue(100);
    for (const text of ['a', 'b', 'c']) queue.add(text);
    expect([queue.take(), queue.take(), queue.size, queue.take(), queue.take()]).toEqual(['a', 'b', 1, 'c', undefined]);
  });

  it('holds no text that was taken, also when it never gets empty', () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const queue = new BoundedQueue(1e6);
    const text = (number: number): string => Buffer.alloc(1000, String(number)).toString('latin1');
    queue.add(text(0));
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let number = 1; number <= 50_000; number += 1) {
      queue.add(text(number));
      queue.take();
    }
    collect();
    expect(queue.size).toBe(1);
    // All of them would be 50 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10e6);
  });

  it('drops what comes when it is full, counts it by reason, and takes more when there is room', () => {
    const queue = new BoundedQueue(6);
    for (const text of ['1234', 'ää', '56']) queue.add(text);
    expect(queue.dropped()).toEqual(new Map([['BufferFull', 1]]));
    expect(queue.take()).toBe('1234');
    queue.add('7890');
    queue.drop('PayloadTooLarge');
    expect([queue.take(), queue.take()]).toEqual(['56', '7890']);
    expect(queue.dropped()).toEqual(
      new Map([
        ['BufferFull', 1],
        ['PayloadTooLarge', 1],
      ]),
    );
  });
});
