// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions are text here
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpressionError } from '../../../src/expression/expression-error.ts';
import { checkExpression } from '../../../src/language/javascript/check-expression.ts';
import { compileExpression } from '../../../src/language/javascript/compile-expression.ts';

function refusal(source: string): unknown {
  try {
    checkExpression(source);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('an expression is allowed', () => {
  it.each([
    'order.total() > 100',
    'a?.b[c]?.(d)',
    'items.map(({ price, ...[] }) => price)'.replace(', ...[]', ''),
    '`${a} of ${b}`',
    '[...a, { b, [c]: d, ...e }]',
    'typeof a === "undefined" || !a',
    '(a, b)',
    'new Date(0) < new Map([[1, 2]]).size',
    '/x/i.test(a)',
    'this.name',
    'arguments[0]',
    'a // a comment',
    '/* before */ a',
    '{ a: 1 }',
    '$return ?? $error ?? $trace ?? $elapsed',
    'order.process.require.eval',
    'a\n.b',
  ])('%s', (source) => {
    expect(refusal(source)).toBeUndefined();
  });
});

describe('an expression is refused at its position', () => {
  const cases: Record<string, [reason: string, offset: number, message: string]> = {
    '': ['ExpressionInvalid', 0, 'empty'],
    'a +': ['ExpressionInvalid', 3, 'Unexpected token'],
    'a b': ['ExpressionInvalid', 2, 'unexpected text'],
    'a; b': ['ExpressionInvalid', 1, 'unexpected text'],
    'a) || (b': ['ExpressionInvalid', 1, 'unexpected text'],
    'order.id = 5': ['ExpressionInvalid', 0, 'assignment'],
    'a && (b += 1)': ['ExpressionInvalid', 6, 'assignment'],
    'x++': ['ExpressionInvalid', 0, '++'],
    'delete a.b': ['ExpressionInvalid', 0, 'delete'],
    'import("fs")': ['ExpressionInvalid', 0, 'import'],
    'function () {}': ['ExpressionInvalid', 0, 'arrow function'],
    'class {}': ['ExpressionInvalid', 0, 'class'],
    'a.map((x) => { return x; })': ['ExpressionInvalid', 13, 'must be an expression'],
    'async () => 1': ['ExpressionInvalid', 0, 'async'],
    '#hidden in this': ['ExpressionInvalid', 0, 'private'],
    'process.exit()': ['ExpressionInvalid', 0, 'process'],
    'a + globalThis.x': ['ExpressionInvalid', 4, 'globalThis'],
    'require("fs")': ['ExpressionInvalid', 0, 'require'],
    $: ['ExpressionInvalid', 0, 'name $'],
    '((x = y = 1) => x)()': ['ExpressionInvalid', 6, 'assignment'],
    '({ __proto__: a })': ['ExpressionInvalid', 3, '__proto__'],
    '({ get a() { return 1 } })': ['ExpressionInvalid', 3, 'plain values'],
    'new Order()': ['SideEffectRefused', 0, 'new'],
    'new (a.b)()': ['SideEffectRefused', 0, 'new'],
    'eval("1")': ['SideEffectRefused', 0, 'eval'],
    'tag`x`': ['SideEffectRefused', 0, 'tagged'],
  };
  it.each(Object.entries(cases))('%s', (source, [reason, offset, message]) => {
    const error = refusal(source);
    expect(error).toBeInstanceOf(ExpressionError);
    expect(error).toMatchObject({ reason, offset, message: expect.stringContaining(message) });
  });

  it('so is one that is nested deeper than anybody writes', () => {
    expect(refusal('('.repeat(1000) + 1 + ')'.repeat(1000))).toBeInstanceOf(ExpressionError);
  });
});

describe('any text', () => {
  const pieces = fc.array(
    fc.constantFrom(
      ...[
        'a',
        'b',
        '.',
        '(',
        ')',
        '[',
        ']',
        '{',
        '}',
        '=>',
        '=',
        '==',
        '+',
        '...',
        '?.',
        '?',
        ':',
        ',',
        ' ',
        '`',
        '${',
      ],
      ...['new ', 'await ', 'yield ', 'this', '#p', 'async ', '1', '"x"', '/', 'in ', '$', '$_0', 'import', 'super'],
    ),
    { maxLength: 12 },
  );

  it('is refused with an ExpressionError, or compiles to an expression', () => {
    fc.assert(
      fc.property(pieces, (some) => {
        const source = some.join('');
        let compiled = '0';
        try {
          compiled = compileExpression(source).source;
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
          if (error instanceof ExpressionError) expect(error.offset).toBeLessThanOrEqual(source.length);
        }
        expect(() => new Function('$', `return (\n${compiled}\n)`)).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });
});
