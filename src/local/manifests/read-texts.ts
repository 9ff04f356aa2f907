import { readFile } from 'node:fs/promises';
import { readable } from './unreadable.ts';

/** Files that are read at the same time: more would wait for each other. */
const AT_ONCE = 16;

export interface FileText {
  readonly file: string;
  readonly text: string;
}

/**
 * Reads many files, in their order.
 * @throws UnreadableError
 */
export async function readTexts(files: readonly string[]): Promise<FileText[]> {
  const texts: FileText[] = [];
  for (let from = 0; from < files.length; from += AT_ONCE) {
    const some = files.slice(from, from + AT_ONCE);
    const read = some.map(async (file) => ({ file, text: await readable(file, readFile(file, 'utf8')) }));
    texts.push(...(await Promise.all(read)));
  }
  return texts;
}
