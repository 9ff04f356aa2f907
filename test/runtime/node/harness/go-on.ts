import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Makes a file that a fixture goes on as long as there is: one in a loop reads no standard input. @returns its path. */
export function goOnFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'davylamp-go-on-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'go-on');
  writeFileSync(file, '');
  return file;
}
