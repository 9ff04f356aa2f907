import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const MEBIBYTE = 2 ** 20;

const run = (hitsPerTurn: number): { collections: number; counted: number; resident: number } =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [join(import.meta.dirname, '../../../fixtures/condition-gc-pressure.mjs'), String(hitsPerTurn)],
      {
        encoding: 'utf8',
      },
    ),
  );

describe('garbage of hits', () => {
  it('is counted by V8, takes no memory itself, and is collected', () => {
    const { collections, counted, resident } = run(100);
    expect(counted).toBeGreaterThan(15 * MEBIBYTE);
    expect(resident).toBeLessThan(8 * MEBIBYTE);
    expect(collections).toBeGreaterThan(0);
  });

  it('makes V8 collect nothing where nothing is hit', () => {
    expect(run(0)).toMatchObject({ collections: 0 });
  });
});
