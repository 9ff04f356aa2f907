import type { Language } from '../language/language.ts';
import { ExpressionError } from './expression-error.ts';

/** Text as it is printed, or an expression with its offset in the message. */
export type TemplatePart = { text: string } | { expression: string; offset: number };

/**
 * Splits a message template: `{expression}` is a placeholder, `{{` and `}}` are braces. Throws ExpressionError.
 * @param language of the expressions; only it can tell where a placeholder ends.
 */
export function parseTemplate(message: string, language: Pick<Language, 'placeholderEnd'>): TemplatePart[] {
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
      const end = language.placeholderEnd(message, index + 1);
      if (end === undefined) {
        throw new ExpressionError('ExpressionInvalid', 'the placeholder is not closed; write {{ for a brace', index);
      }
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
