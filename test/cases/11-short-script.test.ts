import { describe, expect, test } from 'vitest';
import { MAJORS, messagesOf, runCase } from './case-run.ts';

const CASE = '11-short-script';

describe.each(MAJORS)('a script that is over in a moment, on Node.js %s', (major) => {
  test.concurrent('is held until its probes are in, and each of them is told in one line at the end', async () => {
    const { code, results, said } = await runCase(CASE, major, ['a.yaml', 'missing.yaml'], ['job.js']);
    expect(code).toBe(0);
    expect(messagesOf(results, 'a')).toEqual(['row 1 out 10', 'row 2 out 20', 'row 3 out 30']);
    expect(said).toContain('davylamp: a: at the end: 3 hits\n');
    expect(said).toMatch(/missing: at the end: never armed: FileNotLoaded: no loaded file ends in nofile\.js/);
  });

  test.concurrent('of ES modules, with top-level await and process.exit(), is held too', async () => {
    const { code, results } = await runCase(CASE, major, ['b.yaml'], ['job.mjs']);
    expect(code).toBe(3);
    const wantItems = [0, 1, 2].map((i) => `item {"i":${i},"region":"eu"} cfg {"region":"eu"}`);
    expect(messagesOf(results, 'b')).toEqual(wantItems);
  });

  test.concurrent('tells what it was doing when it crashed', async () => {
    const { code, results } = await runCase(CASE, major, ['crash.yaml', 'erronly.yaml'], ['crash.js']);
    expect(code).toBe(1);
    expect(messagesOf(results, 'crash').at(-1)).toBe('q 12 at 6');
    expect(messagesOf(results, 'erronly').at(-1)).toBe('k 6 error Error: boom 12');
  });

  test.concurrent('tells what is before the exit that it asks for', async () => {
    const { code, results } = await runCase(CASE, major, ['exit.yaml', 'exit6.yaml', 'exitsnap.yaml'], ['exit.js']);
    expect(code).toBe(7);
    expect(messagesOf(results, 'exit')).toEqual(['q 12 at 6']);
    expect(messagesOf(results, 'exit6')).toEqual(['q 12 at 6']);
    expect(results.filter(({ name }) => name === 'exitsnap')).toHaveLength(1);
  });
});
