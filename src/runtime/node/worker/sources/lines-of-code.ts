/** How far above a line the beginning of its comment is looked for. */
const MOST_COMMENT_LINES = 500;
const COMMENT_BEGINS = /^\s*\{?\s*\/\*/;

/** What a line of an original source holds: nothing that could be executed, only the ends of blocks, or code. */
export type LineContent = 'nothing' | 'braces' | 'code';

/**
 * Compilers map code of their own to places where the source has none: comments, blank lines, braces. A line is said to hold no code
 * only where that is plain without the grammar of the language: what looks like a comment in a template (`// ${name}`) may run.
 */
export function contentOf(lineAt: (line: number) => string | undefined, line: number): LineContent {
  const text = lineAt(line);
  // The file may be another version than the map.
  if (text === undefined || text.includes('${')) return 'code';
  // A line inside of a comment is read as if the comment began on it.
  const left = (isInComment(lineAt, line) ? `/*${text}` : text)
    .replace(/\/\*.*?\*\//g, '')
    .replace(/\/[/*].*$/, '')
    .trim();
  if (left === '') return 'nothing';
  return /^[{}\s]+$/.test(left) ? 'braces' : 'code';
}

/** Whether the line begins inside of a block comment that stands at the beginning of a line above. */
function isInComment(lineAt: (line: number) => string | undefined, line: number): boolean {
  for (let above = line - 1; above >= Math.max(0, line - MOST_COMMENT_LINES); above--) {
    const text = lineAt(above) ?? '';
    if (text.includes('*/')) return false;
    if (COMMENT_BEGINS.test(text)) return true;
  }
  return false;
}
