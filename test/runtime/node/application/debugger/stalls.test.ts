import { beforeEach, expect, test, vi } from 'vitest';
import { ThreadClock } from '../../../../../src/runtime/node/application/budget/thread-clock.ts';
import {
  StallPrediction,
  usedHeapMegabytes,
} from '../../../../../src/runtime/node/application/debugger/stall-prediction.ts';
import { Stalls } from '../../../../../src/runtime/node/application/debugger/stalls.ts';

/** So much that a walk of this process's heap is one that tells something. */
const ballast = Array.from({ length: 1_000_000 }, (_, index) => ({ index }));

let time: { wall: number; worked: number };
let connection: { enabled: boolean; isPrepared: boolean; canPrepare: boolean; prepare(): void; distrust(): void };
let stalls: Stalls;

beforeEach(() => {
  time = { wall: 0, worked: 0 };
  connection = { enabled: true, isPrepared: false, canPrepare: true, prepare: () => {}, distrust: vi.fn() };
  const clock = new ThreadClock({ wall: () => time.wall, worked: () => time.worked, uncertainty: 0.005 });
  stalls = new Stalls({ connection, prediction: new StallPrediction(), why: undefined }, clock);
});

function pass(worked: number, stood = 0): void {
  time.worked += worked;
  time.wall += worked + stood;
}

test('a machine that lets the process stand while the debugger is enabled does not make later probes too long', () => {
  const want = stalls.functionMilliseconds;
  expect(stalls.enable(() => pass(want, 1400))).toBeCloseTo(want + 1400);
  expect(stalls.functionMilliseconds).toBeLessThan(2 * want);
  expect(stalls.refuse(stalls.functionMilliseconds, 2 * want)).toBeUndefined();
});

test('a machine that lets the process stand in a walk does not either', () => {
  const want = stalls.functionMilliseconds;
  stalls.walkOnce(() => pass(want, 1400));
  expect(stalls.functionMilliseconds).toBeLessThan(2 * want);
});

test('a process that is slow is known by what it worked', () => {
  const plain = stalls.functionMilliseconds;
  stalls.walkOnce(() => pass(5 * plain));
  expect(stalls.functionMilliseconds).toBeGreaterThan(4 * plain);
  expect(stalls.refuse(stalls.functionMilliseconds, 2 * plain)).toMatchObject({ reason: 'StallTooLong' });
});

test('that walks were made unnecessary is not doubted because the machine stood, but because the process worked for long', () => {
  connection.isPrepared = true;
  stalls.walkOnce(() => pass(1, 1400));
  expect(connection.distrust).not.toHaveBeenCalled();
  stalls.walkOnce(() => pass(usedHeapMegabytes() + 50));
  expect(connection.distrust).toHaveBeenCalledOnce();
  expect(ballast).toHaveLength(1_000_000);
});
