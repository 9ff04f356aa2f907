import { expect, test } from 'vitest';
import { ConcurrencyLimit } from '../../src/kube/concurrency-limit.ts';

test('so many tasks run at a time, the others in their order, and one that fails gives its place away', async () => {
  const limit = new ConcurrencyLimit(2);
  const ends: PromiseWithResolvers<void>[] = [];
  const begun: number[] = [];
  const tasks = [0, 1, 2, 3].map((index) =>
    limit.run(async () => {
      begun.push(index);
      const end = Promise.withResolvers<void>();
      ends[index] = end;
      await end.promise;
      return index;
    }),
  );
  expect(begun).toEqual([0, 1]);
  ends[1]?.reject(new Error('failed'));
  await expect(tasks[1]).rejects.toThrow('failed');
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  ends[0]?.resolve();
  await expect(tasks[0]).resolves.toBe(0);
  await expect.poll(() => begun).toEqual([0, 1, 2, 3]);
  ends[2]?.resolve();
  ends[3]?.resolve();
  await expect(Promise.all([tasks[2], tasks[3]])).resolves.toEqual([2, 3]);
});
