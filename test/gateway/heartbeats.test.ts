import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Heartbeats } from '../../src/gateway/heartbeats.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Connection {
  readonly beats: number[] = [];

  heartbeat(): void {
    this.beats.push(Date.now());
  }
}

const many = (count: number) => Array.from({ length: count }, () => new Connection());

test('each of thousands of connections has one beat in each period, and only few have theirs at the same time', () => {
  const heartbeats = new Heartbeats<Connection>();
  heartbeats.start(15_000);
  const connections = many(5000);
  for (const connection of connections) heartbeats.add(connection);
  vi.advanceTimersByTime(45_000);
  const counts = new Map<number, number>();
  for (const { beats } of connections) {
    expect(beats).toHaveLength(3);
    for (const time of beats) counts.set(time, (counts.get(time) ?? 0) + 1);
  }
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(50);
  heartbeats.stop();
  vi.advanceTimersByTime(45_000);
  expect(connections[0]?.beats).toHaveLength(3);
});

test('there is a whole period between the beats of a connection, whichever others come and go', () => {
  const heartbeats = new Heartbeats<Connection>();
  heartbeats.start(15_000);
  const staying = many(7);
  const others = many(1000);
  for (const [index, other] of others.entries()) {
    heartbeats.add(other);
    const one = staying[index / 100];
    if (one !== undefined) heartbeats.add(one);
  }
  for (const other of others) {
    vi.advanceTimersByTime(70);
    heartbeats.delete(other);
  }
  for (const { beats } of staying) {
    expect(beats.length).toBeGreaterThan(3);
    for (const [index, time] of beats.slice(1).entries()) expect(time - (beats[index] ?? 0)).toBe(15_000);
  }
  const before = others.map(({ beats }) => beats.length);
  vi.advanceTimersByTime(15_000);
  expect(others.map(({ beats }) => beats.length)).toEqual(before);
  heartbeats.stop();
});

test('a busy event loop makes beats late, not rare', () => {
  let stalled = 0;
  const heartbeats = new Heartbeats<Connection>(() => performance.now() + stalled);
  heartbeats.start(15_000);
  const connections = many(200);
  for (const connection of connections) heartbeats.add(connection);
  for (let tick = 0; tick < 100; tick += 1) {
    stalled += 1350;
    vi.advanceTimersByTime(150);
  }
  for (const { beats } of connections) expect(beats).toHaveLength(10);
  stalled += 3_600_000;
  vi.advanceTimersByTime(150);
  for (const { beats } of connections) expect(beats).toHaveLength(11);
  heartbeats.stop();
});
