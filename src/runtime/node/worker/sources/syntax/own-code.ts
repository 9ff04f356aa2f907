import type { AnyNode } from 'acorn';
import { isFunction, isNode, type Range } from './nodes.ts';

/** A node and what is around it inside the same function, outermost first. */
export type VisitOwn = (node: AnyNode, around: readonly AnyNode[]) => void;

/**
 * Visits what a function (or script) executes itself: not the functions, field initialisers and static blocks inside of it,
 * which V8 makes functions of their own.
 * @returns the ranges of those.
 */
export function visitOwnCode(root: AnyNode, visit: VisitOwn): Range[] {
  const inner: Range[] = [];
  const around: AnyNode[] = [];
  const walk = (node: AnyNode) => {
    if (node !== root && (isFunction(node) || node.type === 'StaticBlock')) {
      inner.push({ start: node.start, end: node.end });
      return;
    }
    visit(node, around);
    around.push(node);
    for (const [key, child] of Object.entries(node)) {
      if (node.type === 'PropertyDefinition' && key === 'value') {
        if (isNode(child)) inner.push({ start: child.start, end: child.end });
        continue;
      }
      for (const one of Array.isArray(child) ? child : [child]) if (isNode(one)) walk(one);
    }
    around.pop();
  };
  walk(root);
  return inner;
}
