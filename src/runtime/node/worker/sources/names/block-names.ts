import type { AnyNode, Pattern } from 'acorn';
import type { FunctionNode } from '../syntax.ts';

/**
 * @param around from the function to what stands at the place, outermost first.
 * @returns the names that V8 does not know any more where the function returns from that place: those of blocks, and those of the body where
 *   parameters have defaults or patterns.
 */
export function namesLeftBy(node: FunctionNode, around: readonly AnyNode[]): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (pattern: AnyNode) => {
    for (const name of namesIn(pattern as Pattern)) names.add(name);
  };
  for (const outer of around) {
    if (outer === node || outer === node.body) continue;
    for (const one of declarationsIn(outer)) add(one);
  }
  if (node.body.type === 'BlockStatement' && !node.params.every(({ type }) => type === 'Identifier')) {
    for (const one of declarationsIn(node.body)) add(one);
    visitVars(node.body, add);
  }
  return names;
}

/** What a block, a loop, a `switch` or a `catch` declares for the code inside of it. */
function declarationsIn(node: AnyNode): AnyNode[] {
  switch (node.type) {
    case 'BlockStatement':
      return node.body.flatMap(declaredBy);
    case 'SwitchStatement':
      return node.cases.flatMap(({ consequent }) => consequent.flatMap(declaredBy));
    case 'ForStatement':
      return node.init ? declaredBy(node.init) : [];
    case 'ForInStatement':
    case 'ForOfStatement':
      return declaredBy(node.left);
    case 'CatchClause':
      return node.param ? [node.param] : [];
    case 'ClassDeclaration':
    case 'ClassExpression':
      return node.id ? [node.id] : [];
    default:
      return [];
  }
}

function declaredBy(node: AnyNode): AnyNode[] {
  if (node.type === 'VariableDeclaration' && node.kind !== 'var') return node.declarations.map(({ id }) => id);
  if ((node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') && node.id) return [node.id];
  return node.type === 'LabeledStatement' ? declaredBy(node.body) : [];
}

/** `var` belongs to the body wherever it stands, and so does a function in a block of sloppy code. */
function visitVars(node: AnyNode, add: (pattern: AnyNode) => void): void {
  if (node.type === 'FunctionDeclaration' && node.id) add(node.id);
  if (isFunctionLike(node)) return;
  if (node.type === 'VariableDeclaration' && node.kind === 'var') for (const { id } of node.declarations) add(id);
  for (const child of Object.values(node)) {
    for (const one of Array.isArray(child) ? child : [child]) if (isNode(one)) visitVars(one, add);
  }
}

function isFunctionLike({ type }: AnyNode): boolean {
  return (
    type === 'FunctionDeclaration' ||
    type === 'FunctionExpression' ||
    type === 'ArrowFunctionExpression' ||
    type === 'StaticBlock'
  );
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** The variables that a pattern declares. */
export function namesIn(pattern: Pattern): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'AssignmentPattern':
      return namesIn(pattern.left);
    case 'RestElement':
      return namesIn(pattern.argument);
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? namesIn(element) : []));
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        namesIn(property.type === 'RestElement' ? property.argument : property.value),
      );
    default:
      return [];
  }
}
