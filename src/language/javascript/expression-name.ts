import type { AnyNode } from 'acorn';
import { ExpressionError } from '../../expression/expression-error.ts';
import { parseExpression } from './parse-expression.ts';

/**
 * The name of the value of an expression that only reads: `total` of `order.total`, `this.total` and `order["total"]`.
 * `this` for `this` itself, undefined for everything that is computed.
 */
export function nameOfExpression(source: string): string | undefined {
  try {
    const tree = parseExpression(source);
    return isPath(tree) ? lastName(tree) : undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

function isPath(node: AnyNode): boolean {
  switch (node.type) {
    case 'Identifier':
    case 'ThisExpression':
      return true;
    case 'ChainExpression':
    case 'ParenthesizedExpression':
      return isPath(node.expression);
    case 'MemberExpression':
      return isPath(node.object) && (!node.computed || node.property.type === 'Literal');
    default:
      return false;
  }
}

function lastName(node: AnyNode): string | undefined {
  switch (node.type) {
    case 'Identifier':
      return node.name;
    case 'ThisExpression':
      return 'this';
    case 'ChainExpression':
    case 'ParenthesizedExpression':
      return lastName(node.expression);
    case 'MemberExpression': {
      const { property } = node;
      // An item is named after its list.
      if (property.type === 'Literal')
        return typeof property.value === 'string' ? property.value : lastName(node.object);
      return property.type === 'Identifier' || property.type === 'PrivateIdentifier' ? property.name : undefined;
    }
    default:
      return undefined;
  }
}
