import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CaptureResult } from '../../src/protocol/result.ts';
import type { CapturedField, CapturedValue } from '../../src/protocol/value.ts';
import { MAJORS, type ResultLine, runCase } from './case-run.ts';

const CASE = 'snapshot-cut-by-time';
const captureOf = (line: ResultLine | undefined) => line?.capture as CaptureResult | undefined;
const named = (fields: readonly CapturedField[] | undefined, name: string): CapturedValue | undefined =>
  fields?.find((field) => field.name === name)?.value;
const number = (value: number): CapturedValue => ({ type: 'number', text: String(value) });

describe('beside another busy process', () => {
  const busy = spawn(process.execPath, ['-e', 'for (;;);']);
  beforeAll(() => expect(busy.pid).toBeDefined());
  afterAll(() => void busy.kill('SIGKILL'));

  test.each(MAJORS)('each capture has the variables of its line on Node.js %s', async (major) => {
    const { results } = await runCase(CASE, major, ['m.yaml'], ['s.js']);
    expect(results.length).toBeGreaterThan(0);
    for (const line of results) {
      const locals = captureOf(line)?.frames[0]?.locals;
      expect(named(locals, 'total')).toEqual(number(14));
      expect(named(locals, 'order')).toMatchObject({ type: 'object' });
    }
  });

  test.each(MAJORS)('a large value hides no small one, and says why it is not whole, on Node.js %s', async (major) => {
    const { results } = await runCase(CASE, major, ['mbig.yaml'], ['big.js']);
    expect(results.length).toBeGreaterThan(0);
    for (const line of results) {
      const [frame] = captureOf(line)?.frames ?? [];
      expect(named(frame?.locals, 'ppm')).toEqual(number(5000));
      const msg = named(frame?.locals, 'msg');
      // Stopped by the machine in the wrong moment, it has nothing to show but that.
      if (msg?.notCaptured === 'time') continue;
      expect(msg?.fields?.map(({ name }) => name)).toEqual(['req', 'payload']);
      const payload = named(msg?.fields, 'payload');
      if (payload?.notCaptured === undefined) expect(named(payload?.fields, 'ppm')).toEqual(number(5000));
      expect(JSON.stringify(named(msg?.fields, 'req'))).toMatch(/"notCaptured":"(bytes|time|depth)"/);
    }
  });

  test.each(MAJORS)('only what was asked for by name is captured on Node.js %s', async (major) => {
    const { results } = await runCase(CASE, major, ['only.yaml'], ['big.js']);
    const capture = captureOf(results[0]);
    expect(capture?.frames[0]?.locals).toEqual([{ name: 'ppm', value: number(5000) }]);
    expect(capture?.frames.slice(1).flatMap(({ locals = [], closure = [] }) => [...locals, ...closure])).toEqual([]);
    expect(capture?.cut).toContain('capture.only: no frame with variables has nothing');
  });
});
