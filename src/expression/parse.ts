import { type Expression, parseExpressionAt, tokenizer } from 'acorn';
import { ExpressionError } from './error.ts';

/** Deep nesting would overflow the stack of whoever walks the tree; nobody writes this much by hand. */
const MAX_NESTING = 64;

const OPTIONS = {
  ecmaVersion: 2024,
  sourceType: 'script',
  allowHashBang: false,
  checkPrivateFields: false,
  preserveParens: true,
} as const;

function refuse(error: unknown): never {
  if (error instanceof ExpressionError) throw error;
  if (error instanceof SyntaxError && 'pos' in error && typeof error.pos === 'number') {
    throw new ExpressionError('ExpressionInvalid', error.message.replace(/ \(\d+:\d+\)$/, ''), error.pos);
  }
  throw new ExpressionError('ExpressionInvalid', error instanceof Error ? error.message : String(error), 0);
}

function refuseDeepNesting(source: string): void {
  let open = 0;
  for (const character of source) {
    if (character === '(' || character === '[' || character === '{') open++;
    else if (character === ')' || character === ']' || character === '}') open--;
    if (open > MAX_NESTING) {
      throw new ExpressionError('ExpressionInvalid', `brackets are nested more than ${MAX_NESTING} deep`, 0);
    }
  }
}

/** One JavaScript expression, and nothing behind it. Throws ExpressionError. */
export function parseExpression(source: string): Expression {
  if (source.trim() === '') throw new ExpressionError('ExpressionInvalid', 'the expression is empty', 0);
  refuseDeepNesting(source);
  try {
    const tree = parseExpressionAt(source, 0, OPTIONS);
    const next = tokenizer(source.slice(tree.end), OPTIONS).getToken();
    if (next.type.label !== 'eof') {
      const offset = tree.end + next.start;
      throw new ExpressionError('ExpressionInvalid', `unexpected text after the expression`, offset);
    }
    return tree;
  } catch (error) {
    return refuse(error);
  }
}
