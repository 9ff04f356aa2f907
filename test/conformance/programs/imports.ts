import standard, { count, increase, nested as renamed } from './imports-part.ts';
import * as all from './imports-part.ts';
import { basename, join } from 'node:path';
import os from 'node:os';

export function run(): string {
  const before = count;
  increase(0);
  const path = basename(join('a', `b${before}`));
  const text = `${path} ${count} ${standard.name} ${renamed.deep.length} ${all.count} ${os.EOL.length}`;
  return text + text.length; // @log {count} {standard.name} {renamed.deep} {all.count} {path} {os.EOL.length} {before}
}
