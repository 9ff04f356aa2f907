import fc from 'fast-check';

/** A regular expression as its parts, so that more can be said about it than its text does. */
export type Expression =
  | { kind: 'character'; source: string }
  | { kind: 'assertion'; source: string }
  | { kind: 'sequence' | 'choice'; parts: Expression[] }
  | { kind: 'repetition'; part: Expression; least: number; most: number; suffix: string };

const CHARACTERS = [
  'a',
  'b',
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '[^b\\n]',
  '\\w',
  '\\W',
  '\\d',
  '\\S',
  '\\s',
  '-',
  '\\n',
  '😀',
];
const MORE_CHARACTERS = [
  '[a-c]',
  '[^\\W1]',
  '[\\d-]',
  '\\x61',
  '\\u0062',
  '\\u{1f600}',
  '\\ud83d\\ude00',
  '\\D',
  '[^😀]',
];
const ASSERTIONS = ['^', '$', '\\b', '\\B'];
const SUFFIXES: readonly [suffix: string, least: number, most: number][] = [
  ['?', 0, 1],
  ['*', 0, Number.POSITIVE_INFINITY],
  ['+', 1, Number.POSITIVE_INFINITY],
  ['{2}', 2, 2],
  ['{1,}', 1, Number.POSITIVE_INFINITY],
  ['{0,2}', 0, 2],
  ['{1,3}', 1, 3],
];

/** Random expressions of what a linear pattern knows. @param withAssertions whether they demand something of places. */
export function expressions(withAssertions: boolean): fc.Arbitrary<Expression> {
  const characters: fc.Arbitrary<Expression> = fc
    .constantFrom(...CHARACTERS, ...MORE_CHARACTERS)
    .map((source) => ({ kind: 'character', source }));
  const assertions: fc.Arbitrary<Expression> = fc
    .constantFrom(...ASSERTIONS)
    .map((source) => ({ kind: 'assertion', source }));
  return fc.letrec<{ any: Expression }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 4, arbitrary: characters },
      ...(withAssertions ? [{ weight: 1, arbitrary: assertions }] : []),
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constantFrom('sequence' as const, 'choice' as const),
          parts: fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc
          .tuple(tie('any'), fc.constantFrom(...SUFFIXES))
          .map(([part, [suffix, least, most]]) => ({ kind: 'repetition' as const, part, least, most, suffix })),
      },
    ),
  })).any;
}

/** Texts of the characters for which the expressions have something to say. */
export const texts = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom('a', 'b', 'a', 'b', 'c', '1', '-', ' ', '\n', '😀', '\ud83d'), maxLength });

export function sourceOf(expression: Expression): string {
  switch (expression.kind) {
    case 'character':
    case 'assertion':
      return expression.source;
    case 'sequence':
      return expression.parts.map((part) => (part.kind === 'choice' ? `(${sourceOf(part)})` : sourceOf(part))).join('');
    case 'choice':
      return expression.parts.map(sourceOf).join('|');
    case 'repetition': {
      const { part, suffix } = expression;
      return part.kind === 'character' ? `${part.source}${suffix}` : `(?:${sourceOf(part)})${suffix}`;
    }
  }
}

/** Whether it can match a place without characters. */
export function canBeEmpty(expression: Expression): boolean {
  switch (expression.kind) {
    case 'character':
      return false;
    case 'assertion':
      return true;
    case 'sequence':
      return expression.parts.every(canBeEmpty);
    case 'choice':
      return expression.parts.some(canBeEmpty);
    case 'repetition':
      return expression.least === 0 || canBeEmpty(expression.part);
  }
}

/** An expression, without assertions, for what can be before the last character of a match: what goes on if more comes. */
export function beginningOf(expression: Expression): string {
  switch (expression.kind) {
    case 'character':
      return '';
    case 'assertion':
      return '(?!)';
    case 'sequence': {
      const before = (index: number) => sourceOf({ kind: 'sequence', parts: expression.parts.slice(0, index) });
      return `(?:${expression.parts.map((part, index) => `${before(index)}(?:${beginningOf(part)})`).join('|')})`;
    }
    case 'choice':
      return `(?:${expression.parts.map(beginningOf).join('|')})`;
    case 'repetition': {
      const { part, most } = expression;
      const times = most === Number.POSITIVE_INFINITY ? '*' : `{0,${most - 1}}`;
      return `(?:(?:${sourceOf(part)})${times}(?:${beginningOf(part)}))`;
    }
  }
}
