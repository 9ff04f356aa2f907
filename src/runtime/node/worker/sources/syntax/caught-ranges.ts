import type { AnyNode } from 'acorn';
import type { Range } from './nodes.ts';
import { visitOwnCode } from './own-code.ts';

const NONE: readonly Range[] = [];

/** @returns where an exception stays in the function or script: caught, overruled by its `finally`, or made a rejection. */
export function caughtIn(root: AnyNode): Range[] {
  const caught: Range[] = [];
  visitOwnCode(root, (node) => caught.push(...caughtBy(node)));
  return caught;
}

/** @returns the parts of one node in which an exception stays. */
export function caughtBy(node: AnyNode): readonly Range[] {
  if (node.type === 'TryStatement') {
    const caught: Range[] = [];
    const overrules = Boolean(node.finalizer && endsAbruptly(node.finalizer));
    if (node.handler || overrules) caught.push({ start: node.block.start, end: node.block.end });
    if (node.handler && overrules) caught.push({ start: node.handler.start, end: node.handler.end });
    return caught;
  }
  // What the function given to a promise throws becomes a rejection.
  return isPromiseCall(node) ? [{ start: node.start, end: node.arguments[0]?.start ?? node.end }] : NONE;
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
