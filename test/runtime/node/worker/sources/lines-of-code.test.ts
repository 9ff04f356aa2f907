import { expect, test } from 'vitest';
import { SourceText } from '../../../../../src/runtime/node/worker/sources/source-text.ts';

const SOURCE = [
  '/** A shop. */',
  '',
  '  // sells things',
  '/*',
  ' * total = 1;',
  ' */ total = 2;',
  'const glob = "src/**/*.ts";',
  'total += 3; /* and',
  'more */',
  '/* a */ { // b',
  '  }\r',
  '});',
  'const text = `',
  `// \${total}`,
  '`;',
  '/**/',
  '      {/* of JSX */}',
  '/a/.test(text);',
].join('\n');

test.each([
  [1, 'nothing'],
  [2, 'nothing'],
  [3, 'nothing'],
  [4, 'nothing'],
  [5, 'nothing'],
  [6, 'code'],
  [7, 'code'],
  [8, 'code'],
  [9, 'code'],
  [10, 'braces'],
  [11, 'braces'],
  [12, 'code'],
  [14, 'code'],
  [16, 'nothing'],
  [17, 'braces'],
  [18, 'code'],
  [99, 'code'],
])('line %i holds %s', (line, want) => {
  expect(new SourceText(SOURCE).contentOf(line - 1)).toBe(want);
});
