import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLinearPattern } from '../../src/redaction/patterns/linear-pattern.ts';
import { LinearPatternError } from '../../src/redaction/patterns/pattern-reader.ts';
import { parsePattern } from '../../src/redaction/patterns/pattern-syntax.ts';
import type { Span } from '../../src/redaction/patterns/scan.ts';
import { beginningOf, canBeEmpty, expressions, sourceOf, texts } from './programs/regular-expressions.ts';

/** The text with its matches as dots. */
function hide(source: string, text: string, isCut = false): string {
  const { spans } = parseLinearPattern(source).spans(text, isCut);
  return spans.reduceRight((left, { start, end }) => `${left.slice(0, start)}…${left.slice(end)}`, text);
}

/** Where characters begin, and the end. */
function places(text: string): number[] {
  let at = 0;
  return [0, ...Array.from(text, (character) => (at += character.length))];
}

function offsetsIn(spans: readonly Span[]): number[] {
  const all = spans.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, index) => start + index));
  return [...new Set(all)].toSorted((left, right) => left - right);
}

/** JavaScript takes no backslash before a sign without a meaning. */
function forJavaScript(source: string): string {
  return source.replace(/\\(.)/gsu, (whole, sign: string) =>
    /[\w^$\\.*+?()[\]{}|/]/.test(sign) ? whole : `\\u{${sign.codePointAt(0)?.toString(16)}}`,
  );
}

/** What JavaScript's own matcher finds, with every start and every end tried. */
function wantSpans(source: string, text: string): Span[] {
  const ignoresCase = source.startsWith('(?i)');
  const its = forJavaScript(ignoresCase ? source.slice(4) : source);
  const all = places(text);
  const spans: Span[] = [];
  let at = 0;
  for (const [index, start] of all.entries()) {
    if (start < at) continue;
    const end = all.slice(index + 1).findLast((_, after) => {
      const left = all.length - index - 2 - after;
      const exact = new RegExp(`(?:${its})(?=[^]{${left}}$)`, ignoresCase ? 'iuy' : 'uy');
      exact.lastIndex = start;
      return exact.test(text);
    });
    if (end !== undefined) spans.push({ start, end });
    at = end ?? at;
  }
  return spans;
}

/** A source that the parser takes: one that can be empty gets a character. */
const parsable = (withAssertions: boolean) =>
  expressions(withAssertions)
    .map((expression) => (canBeEmpty(expression) ? `(?:${sourceOf(expression)})a` : sourceOf(expression)))
    .filter((source) => source.length <= 200);

describe('what a pattern finds', () => {
  test('is what the matcher of JavaScript finds if it takes the longest of all matches', () => {
    fc.assert(
      fc.property(parsable(true), texts(9), (source, text) => {
        expect(parseLinearPattern(source).spans(text).spans).toEqual(wantSpans(source, text));
      }),
      { numRuns: 2000 },
    );
  });

  test('is the whole text where the matcher of JavaScript says so', () => {
    fc.assert(
      fc.property(parsable(true), texts(7), (source, text) => {
        expect(parseLinearPattern(source).matches(text)).toBe(new RegExp(`^(?:${source})$`, 'u').test(text));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['\\bEMP-\\d+\\b', 'by EMP-4711, not EMP-4711x or TEMP-1', 'by …, not EMP-4711x or TEMP-1'],
    ['EMP-[0-9]{4,6}', 'EMP-123 EMP-1234 EMP-1234567', 'EMP-123 … …7'],
    ['(?i)emp-[a-f]+', 'EMP-ABC emp-abc Emp-xyz', '… … Emp-xyz'],
    ['(?i)straße|σ', 'STRAßE Σ ς σ strasse', '… … … … strasse'],
    ['(?i)\u03f4', 'ϴ Θ θ ϑ', '… … … …'],
    ['(?i)[^k]', 'kK\u212aa', 'kK\u212a…'],
    ['(?i)\\u{17f}', 's S', '… …'],
    ['[K\\u212a]', 'kK\u212a', 'k……'],
    ['a|ab|abc', 'abcab', '……'],
    ['a(.*b)?', 'aaacb', '…'],
    ['a(.*b)?', 'aaac', '………c'],
    ['^a', 'aa', '…a'],
    ['a$', 'aa\n', 'aa\n'],
    ['a$', 'aa', 'a…'],
    ['a\\B.', 'ab a b', '… a b'],
    ['.+', 'a\nb\r\u2028c', '…\n…\r\u2028…'],
    ['[^a]+', 'a\na', 'a…a'],
    ['[\\]-]', ']-', '……'],
    ['[a\\-z]+', 'm-a-z', 'm…'],
    ['[+--]+', 'x+,-.', 'x….'],
    ['\\{\\}\\(\\)\\[\\]\\|\\?\\*\\+\\^\\$\\.\\\\\\/\\-\\ \\"', '{}()[]|?*+^$.\\/- "', '…'],
    ['\\t\\x2d\\u002D\\u{2d}', '\t---', '…'],
    ['a{0}b{2}', 'bbb', '…b'],
    ['(|a)b', 'bab', '……'],
    ['\\d+:\\w+', '٣:é 3:e', '٣:é …'],
  ])('%s in %j', (source, text, want) => {
    expect(hide(source, text)).toBe(want);
  });

  test.each([
    ['.', 'a😀b', '………'],
    ['[^a]', 'a😀b', 'a……'],
    ['a.b', 'a😀b', '…'],
    ['[😀-😃]', '😁', '…'],
    ['\\ud83d\\ude00', '😀', '…'],
    ['\\ud83d', '😀', '😀'],
    ['[^😀]', '😀\ud83d', '😀…'],
    ['.', '\ude00\ud83d', '……'],
    ['\\S{2}', '😀😀😀', '…😀'],
  ])('a surrogate pair is one character for %s', (source, text, want) => {
    expect(hide(source, text)).toBe(want);
  });
});

describe('where the text is cut', () => {
  test.each([
    ['\\bEMP-\\d{6}\\b', 'at EMP-12', 'at …'],
    ['\\bEMP-\\d{6}\\b', 'at EMP-123456', 'at …'],
    ['\\bEMP-\\d{6}\\b', 'at EMP-1234567', 'at EMP-1234567'],
    ['\\bEMP-\\d{6}\\b', 'at EMP', 'at EMP'],
    ['\\bEMP-\\d{6}\\b', 'at EMP-', 'at …'],
    ['\\bEMP-\\d{6}\\b', 'EMP-123456 EMP-12', '… …'],
    ['\\bEMP-\\d{6}\\b', 'at EMP-12 ', 'at EMP-12 '],
    ['[a-z]+@x', 'to ann.smith', 'to ann.…'],
    ['.*secret', 'nothing\nof it is', 'nothing\n…'],
    ['[\\s\\S]*secret', 'nothing\nof it is', '…'],
    ['ab|abcd.{3}', 'x ab', 'x …'],
    ['ab|abcdef', 'x abc', 'x …'],
    ['cd|abcdefg', 'x abcd', 'x …'],
    ['xabc|bcdef', 'xabcd', '…d'],
    ['xabc|bcdefg', 'xabcde', '…'],
    ['key=\\w+$', 'key=a', '…'],
    ['id=\\d{6}\\B', 'id=123456', '…'],
    ['key=\\b', 'the key=', 'the …'],
    ['\\bEMP-\\d{3}(?:$|;)', 'EMP-123', '…'],
    ['key=\\w+;', 'key=😀', 'key=😀'],
    ['key=😀', 'x key=\ud83d', 'x …'],
    ['key=.+;', 'key=\ud83d', '…'],
  ])('%s hides what may go on in %j', (source, text, want) => {
    expect(hide(source, text, true)).toBe(want);
  });

  test('all that is hidden in the whole text is hidden in its beginning, but for less than four characters', () => {
    fc.assert(
      fc.property(parsable(true), texts(14), fc.nat(14), (source, text, length) => {
        const all = places(text);
        const beginning = text.slice(0, all[Math.min(length, all.length - 1)]);
        const pattern = parseLinearPattern(source);
        const wantHidden = pattern.spans(text).spans.flatMap(({ start, end }) => {
          if (end <= beginning.length) return [{ start, end }];
          return beginning.length - start >= 4 ? [{ start, end: beginning.length }] : [];
        });
        const hidden = offsetsIn(pattern.spans(beginning, true).spans);
        expect(offsetsIn(wantHidden).filter((at) => !hidden.includes(at))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  test('no more is hidden than what may become a match', () => {
    const hidesSomething = expressions(false).filter((one) => !canBeEmpty(one) && sourceOf(one).length < 60);
    // With half a character at the end nobody knows which one it was.
    const whole = texts(8).filter((text) => !/[\ud800-\udbff]$/.test(text));
    fc.assert(
      fc.property(hidesSomething, whole, (expression, text) => {
        const source = sourceOf(expression);
        const goesOn = new RegExp(`(?:${beginningOf(expression)})$`, 'uy');
        const unfinished = places(text).find((start) => {
          goesOn.lastIndex = start;
          if (start === text.length || !goesOn.test(text)) return false;
          return text.length - start >= 4 || wantSpans(source, text.slice(start))[0]?.start === 0;
        });
        const wantHidden = wantSpans(source, text).filter(({ start }) => start < (unfinished ?? text.length));
        if (unfinished !== undefined) wantHidden.push({ start: unfinished, end: text.length });
        const { spans } = parseLinearPattern(source).spans(text, true);
        expect(offsetsIn(spans)).toEqual(offsetsIn(wantHidden));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the time it takes', () => {
  const nasty = [
    ...['(a|a)*b', '(a*)*b', '(a*)*', '(a+)+b', '(.*a){10}', '.*.*.*b', '[^b]*b', 'a*b'],
    ...['a(.*b)?', '(a|.*b)', '(.*)(.*)b'],
    ...['(a?){100}a{100}', '(((a{1,5}){1,5}){1,5})b', '(?i)(é|É|a)*b', '\\b(a|\\Ba)+\\b!', '((a|b)*a(a|b){20})+$'],
    ...['a{100}', '(a|aa|aaa)+$', '^(a|b)*c', '[\\s\\S]+[^a]'],
  ].map((source) => (parsesEmpty(source) ? `(${source})a` : source));

  function parsesEmpty(source: string): boolean {
    return parsePattern(source).pattern.canBeEmpty;
  }

  test.each(nasty.flatMap((source) => ['a', 'ab', 'aé', 'a '].map((text) => ({ source, text }))))(
    'grows as the text does: $source in $text…',
    ({ source, text }) => {
      const pattern = parseLinearPattern(source);
      for (const isCut of [false, true]) {
        const small = pattern.spans(text.repeat(1000), isCut).steps;
        const large = pattern.spans(text.repeat(2000), isCut).steps;
        expect(large).toBeLessThanOrEqual(small * 2.1);
      }
    },
  );

  test('is never more than its bound', () => {
    fc.assert(
      fc.property(parsable(true), texts(40), (source, text) => {
        const { states } = parsePattern(source).pattern;
        const most = (2 * states + 2) * (text.length + 1);
        expect(parseLinearPattern(source).spans(text).steps).toBeLessThanOrEqual(most);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what is refused', () => {
  test.each([
    ['', 'character 1: the pattern is empty; write what is to be hidden'],
    ['(?i)', 'character 5: the pattern is empty; write what is to be hidden'],
    [`${'a'.repeat(256)}b`, 'character 257: a pattern has at most 256 characters, not 257; write several patterns'],
    ['a*', /^character 1: the pattern can match without any character/],
    ['\\b|a', /^character 1: the pattern can match without any character/],
    ['(?i)a?', /^character 1: the pattern can match without any character/],
    ['x(a', 'character 2: the group is not closed; write ) at its end, or \\( for a parenthesis'],
    ['a)', /^character 2: no group is open .*; write \\\) for a parenthesis$/],
    ['a[b', 'character 2: the class is not closed; write ] at its end, or \\[ for a bracket'],
    ['a[]', /^character 2: the class is empty; leave it out/],
    ['[]-]', /^character 1: the class is empty; leave it out, or \\\] for a bracket$/],
    ['[^]', /^character 1: the class is empty; write \[\\s\\S\] for any character/],
    ['[^\\s\\S]', /^character 1: no character is in this class/],
    ['[z-a]', /^character 2: the range ends before it begins/],
    ['[\\d-z]', 'character 2: a range goes from one character to another one; write \\- for a hyphen'],
    ['[a-\\d]', 'character 2: a range goes from one character to another one; write \\- for a hyphen'],
    ['[[:alpha:]]', /^character 1: classes with names/],
    ['[\\b]', /^character 2: a word boundary cannot be in a class/],
    ['*a', 'character 1: nothing is before * that it could repeat; write \\* for the character itself'],
    ['a|+', 'character 3: nothing is before + that it could repeat; write \\+ for the character itself'],
    ['(?)', /^character 1: the only option is/],
    ['{2}', /^character 1: nothing is before \{ that it could repeat/],
    ['a{', 'character 2: write {2}, {2,} or {2,4} to repeat, or \\{ for a brace'],
    ['a{,3}', 'character 2: write {2}, {2,} or {2,4} to repeat, or \\{ for a brace'],
    ['a{3,2}', 'character 2: write the lower number first: {2,3}'],
    ['a}', /^character 2: nothing is open that } could close; write \\}/],
    ['a]', /^character 2: nothing is open that \] could close; write \\\]/],
    ['a*?b', /^character 3: always the longest match is taken, .*; leave the \? out/],
    ['a{2}?', /^character 5: always the longest match/],
    ['a++', /^character 3: nothing is ever tried again/],
    ['a**', 'character 3: this repeats a repetition; write (…) around what it repeats'],
    ['a+{2}', 'character 3: this repeats a repetition; write (…) around what it repeats'],
    ['^*a', 'character 2: a place without characters cannot be repeated; leave the repetition out'],
    ['a\\b+', 'character 4: a place without characters cannot be repeated; leave the repetition out'],
    ['a(?=b)', /^character 2: looking ahead would need backtracking/],
    ['a(?!b)', /^character 2: looking ahead/],
    ['(?<=a)b', /^character 1: looking behind/],
    ['(?<!a)b', /^character 1: looking behind/],
    ['(?<name>a)', /^character 1: a group needs no name/],
    ['(?P<name>a)', /^character 1: a group needs no name/],
    ['(?>a)', /^character 1: nothing is ever tried again/],
    ['(?#a)b', /^character 1: comments/],
    ['a(?i)b', /^character 2: \(\?i\) counts for the whole pattern/],
    ['(?i:a)', /^character 1: the only option is \(\?i\)/],
    ['(a)\\1', /^character 4: a back reference would need backtracking/],
    ['\\k<name>', /^character 1: a back reference/],
    ['\\p{L}', /^character 1: properties of Unicode/],
    ['\\q', 'character 1: \\q has no meaning; write q without the backslash, or \\\\ for a backslash'],
    ['\\é', 'character 1: \\é has no meaning; write é without the backslash, or \\\\ for a backslash'],
    ['\\A1', 'character 1: write ^ for the start of the text'],
    ['1\\z', 'character 2: write $ for the end of the text'],
    ['\\cA', /^character 1: write a control character by its code/],
    ['\\0', /^character 1: write \\x00/],
    ['\\x2', /^character 1: write two hexadecimal digits/],
    ['\\u12', /^character 1: write four hexadecimal digits/],
    ['\\u{110000}', /^character 1: no character has this code/],
    ['😀a\\', 'character 3: nothing is behind the backslash; write \\\\ for a backslash'],
    ['xa{1001}', /^character 2: .* more than 1000 states; repeat fewer times$/],
    ['(a{40}){40}', /^character 1: .* more than 1000 states/],
    ['x(((a{999}){999}){999}){999}', /^character 4: .* more than 1000 states/],
    ['a{600}b{600}', /^character 1: .* more than 1000 states/],
    ['a{99999999999999999999}', /^character 1: .* more than 1000 states/],
    ['((((){1000}){1000}){1000}){1000}a', /^character 3: .* more than 1000 states/],
    ['((a{0}){1000}){1000}b', /more than 1000 states/],
    [`${'('.repeat(33)}a${')'.repeat(33)}`, /^character 33: at most 32 groups/],
  ])('%j', (source, want) => {
    expect(() => parseLinearPattern(source)).toThrow(LinearPatternError);
    expect(() => parseLinearPattern(source)).toThrow(want);
  });

  test('what can be empty, and nothing else that JavaScript takes', () => {
    const any = expressions(true).filter((expression) => sourceOf(expression).length <= 256);
    fc.assert(
      fc.property(any, (expression) => {
        const parse = () => parseLinearPattern(sourceOf(expression));
        if (canBeEmpty(expression)) expect(parse).toThrow('can match without any character');
        else expect(parse).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  test('any text as a pattern is either refused with a position or finds what JavaScript finds', () => {
    const pieces = [
      ...'()[]{}?*+|^$.\\-,:=!<>abdDwWsSbBuxnpi0129😀 \n',
      '(?:',
      '(?i)',
      '{2}',
      '{1,}',
      '[^',
      '\\x61',
      '\\u{61}',
    ];
    const source = fc.oneof(
      fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((all) => all.join('')),
      fc.string({ unit: 'binary', maxLength: 300 }),
    );
    fc.assert(
      fc.property(source, texts(6), (text, inside) => {
        try {
          const { spans } = parseLinearPattern(text).spans(inside);
          expect(spans).toEqual(wantSpans(text, inside));
        } catch (error) {
          if (!(error instanceof LinearPatternError)) throw error;
          expect(error.position).toBeGreaterThan(0);
          expect(error.position).toBeLessThanOrEqual(Math.min(256, text.length) + 1);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});
