import type { AnyNode } from 'acorn';
import { visitOwnCode } from '../own-code.ts';
import { dropBody, grammarsOf, isIn, parseAs, type Range } from '../syntax.ts';

/** How exceptions leave a function, by its source alone. Offsets. */
export interface ThrowPaths extends Range {
  /** What leaves it becomes a rejected promise, and is no exception for its caller. */
  readonly isAsync: boolean;
  /** An exception that comes up here stays in the function. */
  readonly held: readonly Range[];
}

/**
 * Reads a script function by function, without keeping its tree.
 * @returns the throw paths of every function of a script, and of the script itself; undefined where acorn cannot read it.
 */
export function throwPathsIn(source: string, path: string): ThrowPaths[] | undefined {
  for (const isModule of grammarsOf(source, path)) {
    try {
      const found: ThrowPaths[] = [];
      const tree = parseAs(source, isModule, (node) => {
        found.push({ start: node.start, end: node.end, isAsync: node.async, held: heldIn(node) });
        dropBody(node);
      });
      return [{ start: 0, end: Number.POSITIVE_INFINITY, isAsync: false, held: heldIn(tree) }, ...found];
    } catch {
      // The other grammar is tried.
    }
  }
  return undefined;
}

/** @returns whether an exception that comes up at the offset leaves the innermost function there as an exception. */
export function passes(functions: readonly ThrowPaths[], offset: number): boolean {
  let innermost: ThrowPaths | undefined;
  for (const one of functions) {
    if (!isIn(one, offset)) continue;
    if (innermost === undefined || one.end - one.start < innermost.end - innermost.start) innermost = one;
  }
  return innermost !== undefined && !innermost.isAsync && !innermost.held.some((range) => isIn(range, offset));
}

/** @returns where an exception stays in the function or script: caught, overruled by its `finally`, or made a rejection. */
export function heldIn(root: AnyNode): Range[] {
  const held: Range[] = [];
  visitOwnCode(root, (node) => {
    if (node.type === 'TryStatement') {
      const overrules = Boolean(node.finalizer && endsAbruptly(node.finalizer));
      if (node.handler || overrules) held.push({ start: node.block.start, end: node.block.end });
      if (node.handler && overrules) held.push({ start: node.handler.start, end: node.handler.end });
    }
    // What the function that it is given throws, becomes a rejection.
    if (isPromiseCall(node)) held.push({ start: node.start, end: node.arguments[0]?.start ?? node.end });
  });
  return held;
}

function isPromiseCall(node: AnyNode): node is Extract<AnyNode, { type: 'NewExpression' | 'CallExpression' }> {
  if (node.type === 'NewExpression') return node.callee.type === 'Identifier' && node.callee.name === 'Promise';
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return false;
  const { object, property } = node.callee;
  return (
    object.type === 'Identifier' &&
    object.name === 'Promise' &&
    property.type === 'Identifier' &&
    property.name === 'try'
  );
}

const LOOPS = new Set(['ForStatement', 'ForInStatement', 'ForOfStatement', 'WhileStatement', 'DoWhileStatement']);

/** Whether a `finally` can end in another way than at its end, which makes an exception go away. */
function endsAbruptly(finalizer: AnyNode): boolean {
  let isAbrupt = false;
  visitOwnCode(finalizer, (node, around) => {
    if (node.type === 'ReturnStatement' || node.type === 'ThrowStatement') isAbrupt = true;
    if (node.type !== 'BreakStatement' && node.type !== 'ContinueStatement') return;
    const { label } = node;
    const stays = around.some((outer) =>
      label
        ? outer.type === 'LabeledStatement' && outer.label.name === label.name
        : LOOPS.has(outer.type) || (node.type === 'BreakStatement' && outer.type === 'SwitchStatement'),
    );
    isAbrupt ||= !stays;
  });
  return isAbrupt;
}
