import { tokenizer } from 'acorn';
import { ExpressionError } from '../../expression/expression-error.ts';

const OPTIONS = { ecmaVersion: 2024, sourceType: 'script', allowHashBang: false } as const;

/**
 * The index of the brace that closes the placeholder whose expression starts at `start`; undefined when none does. Braces of objects,
 * arrow functions, strings, regular expressions and nested template literals do not count: acorn's tokens tell them apart.
 * Throws ExpressionError.
 */
export function placeholderEnd(message: string, start: number): number | undefined {
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
  return undefined;
}
