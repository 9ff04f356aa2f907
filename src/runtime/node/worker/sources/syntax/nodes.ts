import type { AnyNode, Identifier } from 'acorn';

export type FunctionNode = Extract<
  AnyNode,
  { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }
>;

export type ClassNode = Extract<AnyNode, { type: 'ClassDeclaration' | 'ClassExpression' }>;

/** Offsets into the source, in UTF-16 units; the end is not in it. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export function isIn({ start, end }: Range, offset: number): boolean {
  return offset >= start && offset < end;
}

export function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

export function isFunction(node: AnyNode): node is FunctionNode {
  return (
    node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'
  );
}

export function isClass(node: AnyNode): node is ClassNode {
  return node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
}

export function hasConstructor({ body }: ClassNode): boolean {
  return body.body.some((member) => member.type === 'MethodDefinition' && member.kind === 'constructor');
}

/** Whether V8 gives parameters and body one scope: without defaults and patterns. */
export function hasSimpleParameters({ params }: FunctionNode): boolean {
  return params.every(({ type }) => type === 'Identifier');
}

/** The variables that a pattern declares, or assigns; not the objects whose properties it assigns. */
export function identifiersIn(pattern: AnyNode): Identifier[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern];
    case 'AssignmentPattern':
      return identifiersIn(pattern.left);
    case 'RestElement':
      return identifiersIn(pattern.argument);
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? identifiersIn(element) : []));
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        identifiersIn(property.type === 'RestElement' ? property.argument : property.value),
      );
    default:
      return [];
  }
}

/** Whether a list of statements begins with the directive `'use strict'`. */
export function hasStrictDirective(body: readonly AnyNode[]): boolean {
  for (const statement of body) {
    if (statement.type !== 'ExpressionStatement' || statement.expression.type !== 'Literal') return false;
    if ('directive' in statement && statement.directive === 'use strict') return true;
  }
  return false;
}
