import type { AnyNode, Expression, Pattern, Property } from 'acorn';
import { ExpressionError } from '../../expression/expression-error.ts';
import { parseExpression } from './parse-expression.ts';

/** Global names that reach code, the process or other modules. */
export const REFUSED_NAMES: ReadonlySet<string> = new Set([
  'process',
  'globalThis',
  'global',
  'require',
  'eval',
  'Function',
]);

/** Values that `new` may make: they hold only what they are given. */
export const VALUE_TYPES: ReadonlySet<string> = new Set([
  'Date',
  'Map',
  'Set',
  'RegExp',
  'Array',
  'Error',
  'TypeError',
]);

/** The special variables, which Davylamp offers to every expression. */
export const OFFERED_NAMES: ReadonlySet<string> = new Set(['$trace', '$elapsed', '$return', '$error']);

/** Syntax that changes the program, or lets other code run in between, whatever the operands are; with what the message says of it. */
const NEVER_ALLOWED = {
  AssignmentExpression: 'an assignment changes the program; compare with ===, or only read the value',
  UpdateExpression: '++ and -- change the program; write x + 1 instead',
  AwaitExpression: 'await lets other code run in between; read what is there already',
  YieldExpression: 'yield hands control to other code',
  ImportExpression: 'import loads code',
  FunctionExpression: 'write an arrow function with an expression as its body',
  ClassExpression: 'a class cannot be declared here',
  MetaProperty: 'new.target and import.meta cannot be read here',
  Super: 'super cannot be used here; use this',
  PrivateIdentifier: 'a private name (#name) can only be read from an object: order.#name',
} as const;

function has<T extends object>(table: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(table, key);
}

function invalid(message: string, node: AnyNode): never {
  throw new ExpressionError('ExpressionInvalid', message, node.start);
}

function sideEffect(message: string, node: AnyNode): never {
  throw new ExpressionError('SideEffectRefused', message, node.start);
}

function checkName(name: string, node: AnyNode): void {
  if (REFUSED_NAMES.has(name)) invalid(`${name} is never allowed in an expression`, node);
  if (name === '$') invalid('the name $ is taken; a variable with this name cannot be read', node);
}

function checkBinding(pattern: Pattern): void {
  switch (pattern.type) {
    case 'Identifier':
      if (OFFERED_NAMES.has(pattern.name)) invalid(`${pattern.name} cannot be a parameter`, pattern);
      checkName(pattern.name, pattern);
      return;
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element) checkBinding(element);
      return;
    case 'ObjectPattern':
      for (const property of pattern.properties) {
        if (property.type === 'RestElement') invalid('the rest of an object cannot be collected here', property);
        else {
          if (property.computed) check(property.key);
          checkBinding(property.value);
        }
      }
      return;
    case 'AssignmentPattern':
      checkBinding(pattern.left);
      check(pattern.right);
      return;
    case 'RestElement':
      checkBinding(pattern.argument);
      return;
    default:
      invalid('a parameter must be a name or a pattern of names', pattern);
  }
}

function checkProperty(property: Property): void {
  if (property.kind !== 'init' || property.method) invalid('an object here may only have plain values', property);
  if (property.computed) check(property.key);
  else if (
    (property.key.type === 'Identifier' && property.key.name === '__proto__') ||
    (property.key.type === 'Literal' && property.key.value === '__proto__')
  ) {
    invalid('__proto__ cannot be set', property);
  }
  check(property.value);
}

function checkAll(nodes: readonly (Expression | AnyNode | null)[]): void {
  for (const node of nodes) if (node) check(node);
}

function check(node: AnyNode): void {
  switch (node.type) {
    case 'Literal':
    case 'ThisExpression':
      return;
    case 'Identifier':
      checkName(node.name, node);
      return;
    case 'TemplateLiteral':
      checkAll(node.expressions);
      return;
    case 'ArrayExpression':
      checkAll(node.elements);
      return;
    case 'SpreadElement':
      check(node.argument);
      return;
    case 'ObjectExpression':
      for (const property of node.properties) {
        if (property.type === 'SpreadElement') check(property.argument);
        else checkProperty(property);
      }
      return;
    case 'UnaryExpression':
      if (node.operator === 'delete') invalid('delete changes the program', node);
      check(node.argument);
      return;
    case 'BinaryExpression':
    case 'LogicalExpression':
      checkAll([node.left, node.right]);
      return;
    case 'ConditionalExpression':
      checkAll([node.test, node.consequent, node.alternate]);
      return;
    case 'SequenceExpression':
      checkAll(node.expressions);
      return;
    case 'ChainExpression':
    case 'ParenthesizedExpression':
      check(node.expression);
      return;
    case 'MemberExpression':
      if (node.object.type === 'Super') invalid(NEVER_ALLOWED.Super, node);
      check(node.object);
      if (node.computed) check(node.property);
      return;
    case 'CallExpression':
      if (node.callee.type === 'Identifier' && node.callee.name === 'eval') sideEffect('eval runs any code', node);
      checkAll([node.callee, ...node.arguments]);
      return;
    case 'NewExpression':
      if (node.callee.type !== 'Identifier' || !VALUE_TYPES.has(node.callee.name)) {
        sideEffect(`new runs a constructor; only ${[...VALUE_TYPES].join(', ')} are allowed`, node);
      }
      checkAll(node.arguments);
      return;
    case 'TaggedTemplateExpression':
      sideEffect('a tagged template calls a function of its own; use a plain template literal', node);
      break;
    case 'ArrowFunctionExpression':
      if (node.async) invalid('an async function lets other code run in between', node);
      if (!node.expression) invalid('the body of an arrow function must be an expression', node.body);
      node.params.forEach(checkBinding);
      check(node.body);
      return;
    default:
      if (has(NEVER_ALLOWED, node.type)) invalid(NEVER_ALLOWED[node.type], node);
      invalid(`${node.type} cannot be used in an expression`, node);
  }
}

/** Throws ExpressionError unless the tree only reads, computes, and calls. */
export function checkTree(tree: Expression): void {
  check(tree);
}

/**
 * Refuses what can never be allowed, before any process is asked: what does not parse, what changes the program, and names
 * that lead out of it. Whether a call is harmless is only known in the process. Throws ExpressionError.
 */
export function checkExpression(source: string): void {
  checkTree(parseExpression(source));
}
