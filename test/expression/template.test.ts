// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are text here
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpressionError } from '../../src/expression/expression-error.ts';
import { parseTemplate } from '../../src/expression/template.ts';
import { JAVASCRIPT } from '../../src/language/javascript/javascript.ts';

const text = (value: string) => ({ text: value });
const expression = (value: string, offset: number) => ({ expression: value, offset });

describe('a message', () => {
  const cases: Record<string, object[]> = {
    plain: [text('plain')],
    '{order.id}': [expression('order.id', 1)],
    'order {order.id} costs {order.total()}': [
      text('order '),
      expression('order.id', 7),
      text(' costs '),
      expression('order.total()', 24),
    ],
    '{{braces}}': [text('{braces}')],
    'a {{ b }} {c}': [text('a { b } '), expression('c', 11)],
    '{ {a: 1}.a }': [expression(' {a: 1}.a ', 1)],
    '{x}}}': [expression('x', 1), text('}')],
    '{"}"}': [expression('"}"', 1)],
    "{'a\\'}'}": [expression("'a\\'}'", 1)],
    '{`${a}}`}': [expression('`${a}}`', 1)],
    '{list.map((x) => ({ x }))}': [expression('list.map((x) => ({ x }))', 1)],
    '{/[}]/.test(x)}': [expression('/[}]/.test(x)', 1)],
    '{a}{b}': [expression('a', 1), expression('b', 4)],
    "it's {x}, isn't it": [text("it's "), expression('x', 6), text(", isn't it")],
    '{x} `': [expression('x', 1), text(' `')],
  };
  it.each(Object.entries(cases))('%s', (message, want) => {
    expect(parseTemplate(message, JAVASCRIPT)).toEqual(want);
  });

  const refused: Record<string, [offset: number, message: string]> = {
    'a {b': [2, 'not closed'],
    'a } b': [2, 'without an opening'],
    'a {} b': [2, 'empty'],
    'a { } b': [2, 'empty'],
    '{"x}': [1, 'Unterminated string'],
    'ab {#!}': [5, 'Unexpected character'],
  };
  it.each(Object.entries(refused))('%s is refused at its position', (message, [offset, part]) => {
    let error: unknown;
    try {
      parseTemplate(message, JAVASCRIPT);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ExpressionError);
    expect(error).toMatchObject({ reason: 'ExpressionInvalid', offset, message: expect.stringContaining(part) });
  });

  it('any text comes back as it was when its braces are doubled', () => {
    fc.assert(
      fc.property(fc.string(), (original) => {
        const parts = parseTemplate(original.replace(/[{}]/g, '$&$&'), JAVASCRIPT);
        expect(parts.map((part) => ('text' in part ? part.text : '?')).join('')).toBe(original);
      }),
    );
  });

  it('any other text is parsed or refused with an offset inside it', () => {
    const pieces = fc.array(
      fc.constantFrom('{', '}', '{{', '}}', 'a', '"', '`', '${', '/', ' ', '(', '\\', '\n', '😀'),
    );
    fc.assert(
      fc.property(pieces, (some) => {
        const message = some.join('');
        try {
          for (const part of parseTemplate(message, JAVASCRIPT)) {
            if ('text' in part) continue;
            expect(message.slice(part.offset, part.offset + part.expression.length)).toBe(part.expression);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
          if (!(error instanceof ExpressionError)) return;
          expect(error.offset).toBeGreaterThanOrEqual(0);
          expect(error.offset).toBeLessThanOrEqual(message.length);
        }
      }),
    );
  });
});
