import { expect, test } from 'vitest';
import type { SessionProbe } from '../../src/local/session.ts';
import { Settling } from '../../src/local/settling.ts';

const probe = (uid: string, hits: number) => ({ uid, hits }) as SessionProbe;

function settling(): Settling {
  return new Settling(
    (one) => (one.uid === 'waits' ? 'waiting' : `${one.hits} hits`),
    () => {},
  );
}

test('a probe settles by itself, however often others change', () => {
  const seen = settling();
  for (let now = 0; now < 1000; now += 100) {
    const settled = seen.see([probe('waits', 0), probe('hit', now)], now);
    expect(settled).toEqual([]);
  }
  expect(seen.see([probe('waits', 0), probe('hit', 1000)], 1000).map(({ uid }) => uid)).toEqual(['waits']);
});

test('what changes settles anew', () => {
  const seen = settling();
  seen.see([probe('hit', 1)], 0);
  expect(seen.see([probe('hit', 2)], 900)).toEqual([]);
  expect(seen.see([probe('hit', 2)], 1899)).toEqual([]);
  expect(seen.see([probe('hit', 2)], 1900)).toHaveLength(1);
});

test('a probe that has settled is called for without anything else happening', async () => {
  await new Promise<void>((resolve) => {
    const seen = new Settling(() => 'waiting', resolve);
    seen.see([probe('waits', 0)]);
  });
});
