import type { AnyNode } from 'acorn';
import { type ClassNode, isClass, isFunction } from '../syntax/nodes.ts';

export interface Identifier {
  readonly text: string;
  /** Where it is written, so that a source map can tell its original name. */
  readonly offset: number;
}

/** Other names for the same: of a class, its own and that of the variable that it is given to. */
export type Alternatives = readonly Identifier[];

/** A name that a node has by itself or by what it is given to, without what is around that. */
export interface InferredName {
  readonly path: readonly Alternatives[];
  /** The node is only handed to what gets this name. */
  readonly isWrapped: boolean;
}

export function memberAround(ancestors: AnyNode[], index: number) {
  const parent = ancestors[index - 1];
  return parent?.type === 'MethodDefinition' || parent?.type === 'PropertyDefinition' ? parent : undefined;
}

/** @param member of the class, whose value the function may be. */
export function isLastField(node: AnyNode, member: AnyNode | undefined, owner: ClassNode | undefined): boolean {
  if (member?.type !== 'PropertyDefinition' || member.value !== node) return false;
  const fields = owner?.body.body.filter((one) => one.type === 'PropertyDefinition' && one.static === member.static);
  return fields?.at(-1) === member;
}

export function accessorKind(parent: AnyNode | undefined): 'get' | 'set' | undefined {
  if (parent?.type !== 'MethodDefinition' && parent?.type !== 'Property') return undefined;
  return parent.kind === 'get' || parent.kind === 'set' ? parent.kind : undefined;
}

export function isOnPrototype(parent: AnyNode | undefined): boolean {
  if (parent?.type !== 'AssignmentExpression' || parent.left.type !== 'MemberExpression') return false;
  const { object } = parent.left;
  return object.type === 'MemberExpression' && keyName(object.property, object.computed)?.text === 'prototype';
}

export function classAround(ancestors: AnyNode[], index: number): ClassNode | undefined {
  for (let at = index - 1; at >= 0; at--) {
    const node = ancestors[at];
    if (node !== undefined && isClass(node)) return node;
    if (node !== undefined && isFunction(node)) return undefined;
  }
  return undefined;
}

/** Classes and objects around the node that have a name, up to the function around it. */
export function holders(ancestors: AnyNode[], index: number): Alternatives[] {
  const path: Alternatives[] = [];
  for (let at = 0; at < index; at++) {
    const { type } = ancestors[at] ?? {};
    if (type !== 'ClassDeclaration' && type !== 'ClassExpression' && type !== 'ObjectExpression') continue;
    const [given] = inferNames(ancestors, at);
    if (given !== undefined && !given.isWrapped) path.push(...given.path);
  }
  return path;
}

/** What the node at that place of the path is called by itself, and by what it is given to. */
export function inferNames(ancestors: AnyNode[], index: number): InferredName[] {
  const node = ancestors[index];
  const own =
    node !== undefined && 'id' in node && node.id?.type === 'Identifier'
      ? [identifier(node.id.name, node.id.start)]
      : [];
  const outer = nameFromOutside(ancestors, index);
  if (outer === undefined) return own.length === 0 ? [] : [{ path: [own], isWrapped: false }];
  const last = outer.path.at(-1) ?? [];
  if (own.length === 0) return [outer];
  if (outer.isWrapped) return [{ path: [own], isWrapped: false }, outer];
  const isSame = last.some(({ text }) => text === own[0]?.text);
  const both = isSame ? outer.path : [...outer.path.slice(0, -1), [...last, ...own]];
  return outer.path.length === 1
    ? [{ path: both, isWrapped: false }]
    : [
        { path: both, isWrapped: false },
        { path: [own], isWrapped: false },
      ];
}

function nameFromOutside(ancestors: AnyNode[], index: number, isWrapped = false): InferredName | undefined {
  const node = ancestors[index];
  const at = index - 1;
  const parent = ancestors[at];
  const named = (name: Identifier | undefined): InferredName | undefined => name && { path: [[name]], isWrapped };
  switch (parent?.type) {
    case 'MethodDefinition':
    case 'PropertyDefinition':
    case 'Property':
      return parent.value === node ? named(keyName(parent.key, parent.computed)) : undefined;
    case 'VariableDeclarator':
      return parent.init === node && parent.id.type === 'Identifier'
        ? named(identifier(parent.id.name, parent.id.start))
        : undefined;
    case 'AssignmentPattern':
      return parent.right === node && parent.left.type === 'Identifier'
        ? named(identifier(parent.left.name, parent.left.start))
        : undefined;
    case 'AssignmentExpression': {
      const path = parent.right === node ? pathOfTarget(parent.left) : undefined;
      return path && { path: path.map((name) => [name]), isWrapped };
    }
    case 'ExportDefaultDeclaration':
      return named(identifier('default', parent.start));
    case 'CallExpression': {
      const functions = parent.arguments.filter((argument) => isFunction(argument));
      return functions.length === 1 && functions[0] === node ? nameFromOutside(ancestors, at, true) : undefined;
    }
    case 'ConditionalExpression':
    case 'LogicalExpression':
    case 'SequenceExpression':
    case 'ParenthesizedExpression':
      return nameFromOutside(ancestors, at, isWrapped);
    default:
      return undefined;
  }
}

/** `a = …` is a; `Order.prototype.total = …` and `exports.place = …` are total of Order, place of exports. */
function pathOfTarget(target: AnyNode): Identifier[] | undefined {
  if (target.type === 'Identifier') return [identifier(target.name, target.start)];
  if (target.type === 'ThisExpression') return [identifier('this', target.start)];
  if (target.type !== 'MemberExpression') return undefined;
  const name = keyName(target.property, target.computed);
  if (name === undefined) return undefined;
  const owner = pathOfTarget(target.object) ?? [];
  return name.text === 'prototype' && owner.length > 0 ? owner : [...owner, name];
}

function keyName(key: AnyNode, computed: boolean): Identifier | undefined {
  if (key.type === 'PrivateIdentifier') return identifier(key.name, key.start);
  if (key.type === 'Identifier' && !computed) return identifier(key.name, key.start);
  if (key.type === 'Literal' && typeof key.value === 'string') return identifier(key.value, key.start);
  return undefined;
}

export function identifier(text: string, offset: number): Identifier {
  return { text, offset };
}
