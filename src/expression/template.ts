import { tokenizer } from 'acorn';
import { ExpressionError } from './expression-error.ts';

/** Text as it is printed, or an expression with its offset in the message. */
export type TemplatePart = { text: string } | { expression: string; offset: number };

const OPTIONS = { ecmaVersion: 2024, sourceType: 'script', allowHashBang: false } as const;

/**
 * The index of the brace that closes the placeholder whose expression starts at `start`. Braces of objects, arrow
 * functions, strings, regular expressions and nested template literals do not count: acorn's tokens tell them apart.
 */
function closingBrace(message: string, start: number): number {
  let open = 0;
  try {
    for (const token of tokenizer(message.slice(start), OPTIONS)) {
      const { label } = token.type;
      if (label === '{' || label === '${') open++;
      else if (label === '}' && open-- === 0) return start + token.start;
    }
  } catch (error) {
    const position = error instanceof SyntaxError && 'pos' in error && typeof error.pos === 'number' ? error.pos : 0;
    const text = error instanceof Error ? error.message.replace(/ \(\d+:\d+\)$/, '') : String(error);
    throw new ExpressionError('ExpressionInvalid', text, start + position);
  }
  throw new ExpressionError('ExpressionInvalid', 'the placeholder is not closed; write {{ for a brace', start - 1);
}

/** Splits a message template: `{expression}` is a placeholder, `{{` and `}}` are braces. Throws ExpressionError. */
export function parseTemplate(message: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let text = '';
  let index = 0;
  while (index < message.length) {
    const character = message[index];
    if ((character === '{' || character === '}') && message[index + 1] === character) {
      text += character;
      index += 2;
    } else if (character === '}') {
      throw new ExpressionError(
        'ExpressionInvalid',
        'a closing brace without an opening one; write }} for a brace',
        index,
      );
    } else if (character === '{') {
      const end = closingBrace(message, index + 1);
      const expression = message.slice(index + 1, end);
      if (expression.trim() === '') throw new ExpressionError('ExpressionInvalid', 'the placeholder is empty', index);
      if (text !== '') parts.push({ text });
      text = '';
      parts.push({ expression, offset: index + 1 });
      index = end + 1;
    } else {
      text += character;
      index++;
    }
  }
  if (text !== '') parts.push({ text });
  return parts;
}
