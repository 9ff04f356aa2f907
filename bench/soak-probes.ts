import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { WireProbe } from '../src/protocol/wire-probe.ts';
import { unlimitedLog, unlimitedSnapshot } from './target.ts';

/** Where probes go: the marks at the ends of lines in the program. */
export function marks(program: URL): Map<string, number> {
  const found = new Map<string, number>();
  for (const [index, line] of readFileSync(program, 'utf8').split('\n').entries()) {
    const mark = /\/\/ @(\w+)$/.exec(line)?.[1];
    if (mark !== undefined) found.set(mark, index + 1);
  }
  return found;
}

/** Expressions of every kind, good and hostile, at any of the places. */
const MESSAGES = [
  'this {this}',
  'order {order.id} costs {order.total()} for {order.customer}',
  'items {items.map((item) => item.name).join()} {items}',
  'sum {sum} at {index}',
  'loop {[...Array(100000)].map((_, index) => index).length}',
  'cycle {order.self.self}',
  'missing {nothing.at.all} and {order.total().x.y}',
  'error {error.message} {error}',
  'result {$return} {$error} after {$elapsed}',
  'private {this.reduced()} {this.cost}',
];
const CONDITIONS = [undefined, undefined, 'order.id % 5 === 0', 'index < 0', 'left > 500', 'nothing()'];
const FUNCTIONS = ['Order.total', 'Item.reduced', 'reserve', 'check', 'lines', 'handle', 'busy'];

export type Chance = () => number;

/** @returns a probe nobody would be surprised to meet, or somebody would. */
export function randomProbe(file: string, places: ReadonlyMap<string, number>, chance: Chance): WireProbe {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T;
  const line = pick([...places.values()]);
  const limits = {
    hitsPerSecond: pick([1, 50, 1000]),
    remainingHits: pick([1, 100, 10_000]),
    cpuMillisecondsPerSecond: pick([10, 10, 50]),
    maxStallMilliseconds: 200,
    payloadBytes: 65_536,
  };
  const made = chance() < 0.3 ? unlimitedSnapshot(file, line) : unlimitedLog(file, line, pick(MESSAGES));
  if (chance() < 0.1)
    return { ...made, uid: randomUUID(), name: 'soak', location: { file: 'square.cjs', line: 7 }, limits };
  const location =
    chance() < 0.3 ? { file, function: pick(FUNCTIONS), at: pick(['Entry', 'Exit'] as const) } : { file, line };
  return {
    ...made,
    uid: randomUUID(),
    name: 'soak',
    location,
    limits,
    condition: pick(CONDITIONS),
    expireTime: Date.now() + pick([500, 5000, 600_000]),
  };
}
