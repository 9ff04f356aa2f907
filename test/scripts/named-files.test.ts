import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const files = ['src', 'test', 'bench', 'scripts'].flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }));
/** Of walk-throughs: what somebody would add is no file yet. */
const IMAGINED = /dynamicvalue|last-value|form-value|kinds\/value|<\w+>/;

describe('documents name files that exist', () => {
  test.each(globSync(['docs/*.md', 'docs/adr/*.md', 'CONTRIBUTING.md'], { cwd: root }))('%s', (document) => {
    const text = readFileSync(join(root, document), 'utf8');
    const named = [...text.matchAll(/`([\w./<>-]+\.ts)`/g)].map(([, name = '']) => name);
    // What users' programs are called in examples.
    const ours = named.filter(
      (name) => !/^(src\/)?(app|orders|pricing|tax|total)\.\w+$/.test(name) && !IMAGINED.test(name),
    );
    const missing = ours.filter(
      (name) => !files.some((file) => file === name || file.endsWith(`/${name}`) || basename(file) === name),
    );
    expect(missing).toEqual([]);
  });
});
