import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import vm from 'node:vm';
import { apply, type Callable } from '../application/guard/intrinsics.ts';
import { MODULE_PARAMETERS } from './load-text.ts';

/** The application may replace them later. */
const { compileFunction } = vm;
const read = readFileSync;
const directoryOf = dirname;

/**
 * Loads a file that lies beside the preload, as `loadText` does, so that its code is in memory only when it is needed.
 * @returns its exports. @throws where it cannot be read.
 */
export function loadPart(file: string): unknown {
  const part = { exports: {} };
  const compiled = compileFunction(read(file, 'utf8'), MODULE_PARAMETERS, { filename: file });
  apply(compiled as Callable, part.exports, [part.exports, require, part, file, directoryOf(file)] as never[]);
  return part.exports;
}
