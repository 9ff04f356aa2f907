import { type AnyNode, type Expression, parseExpressionAt, tokenizer } from 'acorn';
import { ExpressionError } from '../../expression/expression-error.ts';

/** Bounds on brackets and on the depth of the tree, since walking a deep tree would overflow the stack. More than people write by hand. */
const MAX_NESTING = 64;
const MAX_DEPTH = 300;

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

/** Refuses long chains, whose trees are deep without any bracket: `a.b.c…`, `a + b + c…`. Does not recurse, to spare the stack. */
function refuseDeepTree(tree: Expression): void {
  const open: { node: object; depth: number }[] = [{ node: tree, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    if (depth > MAX_DEPTH) {
      throw new ExpressionError('ExpressionInvalid', `more than ${MAX_DEPTH} operations build on one another`, 0);
    }
    for (const member of Object.values(node)) {
      for (const child of Array.isArray(member) ? member : [member]) {
        if (isNode(child)) open.push({ node: child, depth: depth + 1 });
      }
    }
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
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
    refuseDeepTree(tree);
    return tree;
  } catch (error) {
    return refuse(error);
  }
}
