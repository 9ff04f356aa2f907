import fc from 'fast-check';
import { it } from 'vitest';
import { matchesPlace } from '../../src/policy/place-patterns.ts';
import { compileGlob } from '../../src/redaction/patterns/glob.ts';

it('a pattern of files matches what it matches of a path, or of its end from a directory on', () => {
  const text = (most: number) => fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '**', '?'), maxLength: most });
  fc.assert(
    fc.property(text(8), text(10), (pattern, file) => {
      fc.pre(pattern !== '');
      const glob = compileGlob(pattern, '/');
      const starts = [0, ...[...file].flatMap((character, at) => (character === '/' ? [at + 1] : []))];
      const wantMatch = pattern.startsWith('/')
        ? glob.matches(file)
        : starts.some((start) => glob.matches(file.slice(start)));
      return matchesPlace({ rule: 'r', files: [pattern] }, { files: [file], functions: [] }) === wantMatch;
    }),
    { numRuns: 2000 },
  );
});
