import { runtime } from './fixtures.ts';

/** Random, and the same in every run. */
export type Random = (below: number) => number;

/** The generator mulberry32. */
export function seeded(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)] as T;
const TEXTS = ['', 'a', '__proto__', 'constructor', '\0', '\ud800', '💣', '../../etc', 'x'.repeat(32)];
const NUMBERS = [0, 1, 2, 255, 2 ** 31, Number.MAX_SAFE_INTEGER];
const VALUES = [null, true, -1, 1.5, 1e308, [], {}, [[[[]]]], { __proto__: null }, 'x'.repeat(5000)];

/** A frame of the protocol that says whatever can be said in it. */
export function allowedFrame(random: Random): object {
  const uid = pick(random, ['a', ...TEXTS]);
  const count = pick(random, NUMBERS);
  const states = { uid, generation: count, state: 'Armed', reason: 'Armed', hits: count, dropped: [] };
  const process = { ...runtime(`instance-${random(1000)}`), pid: count, command: pick(random, TEXTS) };
  const result = { sequence: 1 + random(1e9), uid, generation: count, instanceID: `instance-${random(1000)}` };
  const log = { level: 'Info', message: pick(random, TEXTS) };
  const at = { time: count, location: pick(random, TEXTS), kind: 'DynamicLog', log };
  return pick(random, [
    { type: 'states', revision: count, processes: [{ process, revision: count, probes: [states] }] },
    { type: 'results', first: 1 + Math.floor(count / 2), results: [{ ...result, ...at }] },
    {
      type: 'results',
      first: 1 + random(1e6),
      results: Array.from({ length: random(20) }, () => ({ ...result, ...at })),
    },
    { type: 'dropped', probes: [{ uid, count }] },
  ]);
}

/** A frame that is not of the protocol any more. */
export function brokenFrame(random: Random): string | Buffer {
  const frame = { ...allowedFrame(random) } as Record<string, unknown>;
  const text = JSON.stringify(frame);
  const at = random(text.length);
  switch (random(6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + pick(random, ['{', ']', '"', '\\u', ',', '\0', '1e999']) + text.slice(at);
    case 2:
      return JSON.stringify({ ...frame, type: pick(random, [...VALUES, ...TEXTS, 'credential', 'desired', 'hello']) });
    case 3:
      return JSON.stringify({ ...frame, [pick(random, Object.keys(frame))]: pick(random, VALUES) });
    case 4:
      return `${'['.repeat(random(10_000))}${text}`;
    default:
      return noise(random, 200);
  }
}

/** Up to `most` bytes. */
export function noise(random: Random, most: number): Buffer {
  return Buffer.from(Array.from({ length: 1 + random(most) }, () => random(256)));
}
