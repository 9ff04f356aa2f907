import { beforeEach, expect, test } from 'vitest';
import { ThreadClock } from '../../../../../../src/runtime/node/application/budget/thread-clock.ts';
import type { Pause } from '../../../../../../src/runtime/node/application/debugger/pause.ts';
import {
  type BreakpointMeans,
  BreakpointPlacement,
} from '../../../../../../src/runtime/node/application/placement/breakpoint/breakpoint.ts';
import type { ExceptionListener } from '../../../../../../src/runtime/node/application/placement/breakpoint/exception-watch.ts';
import type { ThrowHook } from '../../../../../../src/runtime/node/application/placement/hook.ts';
import type { HookListener } from '../../../../../../src/runtime/node/application/placement/hook-hit.ts';

const start = { line: 0, column: 0 };
const body = { scriptId: 'v8:1', start, end: { line: 9, column: 0 }, isAsync: false, inner: [], held: [] };
const hook: ThrowHook = {
  type: 'throw',
  functions: [{ body, code: { values: [], privates: [] } }],
  activation: undefined,
  maxStallMilliseconds: 100,
  cpuMillisecondsPerSecond: 10,
};
const site = { scriptId: 'v8:1', line: 1, column: 0 };

let watched: ExceptionListener[];
let told: string[];
let placement: BreakpointPlacement;
let listener: HookListener;

beforeEach(() => {
  watched = [];
  told = [];
  const watch = {
    number: 1,
    pauseMilliseconds: 1,
    isListening: (one: ExceptionListener) => watched.includes(one),
    add: (one: ExceptionListener) => watched.push(one) > 0,
    delete: (one: ExceptionListener) => {
      watched = watched.filter((other) => other !== one);
    },
  };
  const clock = new ThreadClock({ wall: () => 0, worked: () => 0, uncertainty: 0 });
  placement = new BreakpointPlacement({ watch, clock } as unknown as BreakpointMeans);
  listener = {
    isWanted: true,
    onHit: ({ thrown }) => void thrown?.whenCertain(() => told.push('reported')),
    onMissed: () => told.push('missed'),
    onLost: () => {},
    pay: () => true,
    onBlind: (_milliseconds, why) => told.push(why),
    onUncertain: (ticket) => told.push(`ticket ${ticket}`),
  };
});

function throwOnce(elements: readonly unknown[] = [0, [], 0]): void {
  const pause = { elements: () => elements } as unknown as Pause;
  for (const one of watched) one.onThrown({ pause, site, error: undefined, through: [site] });
}

test('what a hook for exceptions has paid still counts when it comes back', () => {
  const first = placement.install(hook, listener);
  expect(watched[0]?.pay(1000)).toBe(false);
  first.remove();
  placement.install(hook, listener);
  expect([told, watched]).toEqual([['budget', 'budget'], []]);
});

test('an answer about an exception from before does not settle one that came since', () => {
  const first = placement.install(hook, listener);
  throwOnce();
  first.remove();
  const second = placement.install(hook, listener);
  throwOnce();
  second.settle?.(1, true);
  expect(told).toEqual(['ticket 1', 'ticket 2']);
  second.settle?.(2, true);
  expect(told.at(-1)).toBe('reported');
});

test('an exception whose sources could not be evaluated is told as missed', () => {
  placement.install(hook, listener);
  throwOnce([]);
  expect(told).toEqual(['missed']);
});
