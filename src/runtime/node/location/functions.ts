import type { AnyNode, Program } from 'acorn';
import { ancestor, full } from 'acorn-walk';
import { type FunctionNode, isFunction, isIn, parseScript, type Range } from './syntax.ts';

/** A function in generated code, by the names that people call it. Offsets into the source. */
export interface FunctionSite {
  /** What it is called; the first one is shown. */
  readonly names: readonly FunctionName[];
  readonly kind: 'function' | 'constructor' | 'get' | 'set';
  /** Of members of a class: whether they are the class's own. */
  readonly isStatic?: boolean;
  readonly isPrivate: boolean;
  /** A constructor that has `this` only after `super()`. */
  readonly isDerived: boolean;
  /** The value of the last field of its kind in a class. */
  readonly isLastField: boolean;
  /** Absent for the constructor of a class that has none in its code. */
  readonly node?: FunctionNode;
}

/** From the outermost that has a name to the function itself: `OrderService`, `place`. */
export interface FunctionName {
  readonly path: readonly Identifier[];
  /** The function is only handed to what gets this name: `const place = wrap(() => …)`. */
  readonly isWrapped: boolean;
}

export interface Identifier {
  readonly text: string;
  /** Where it is written, so that a source map can tell its original name. */
  readonly offset: number;
}

type ClassNode = Extract<AnyNode, { type: 'ClassDeclaration' | 'ClassExpression' }>;

/** Other names for the same: of a class, its own and that of the variable that it is given to. */
type Alternatives = readonly Identifier[];

interface Given {
  readonly path: readonly Alternatives[];
  readonly isWrapped: boolean;
}

/** A name has so many forms at most. */
const MAX_NAMES = 8;

/** @returns every function that has a name or is assigned to one; none where acorn cannot read the source. */
export function functionsIn(source: string, path: string): FunctionSite[] {
  const tree = parseScript(source, path);
  return tree === undefined ? [] : findFunctions(tree);
}

/** @returns start and end of every function around the offset, innermost first. */
export function functionsAround(source: string, path: string, offset: number): Range[] {
  const tree = parseScript(source, path);
  if (tree === undefined) return [];
  const around: Range[] = [];
  full(tree, (node) => {
    if (isFunction(node as AnyNode) && isIn(node, offset)) around.push({ start: node.start, end: node.end });
  });
  return around.sort((a, b) => a.end - a.start - (b.end - b.start));
}

function findFunctions(tree: Program): FunctionSite[] {
  const found: FunctionSite[] = [];
  const visitFunction = (node: unknown, _state: unknown, ancestors: unknown) => {
    const site = functionSite(node as FunctionNode, ancestors as AnyNode[]);
    if (site !== undefined) found.push(site);
  };
  const visitClass = (node: unknown, _state: unknown, ancestors: unknown) => {
    const site = bareConstructor(node as ClassNode, ancestors as AnyNode[]);
    if (site !== undefined) found.push(site);
  };
  ancestor(tree, {
    FunctionDeclaration: visitFunction,
    FunctionExpression: visitFunction,
    ArrowFunctionExpression: visitFunction,
    ClassDeclaration: visitClass,
    ClassExpression: visitClass,
  });
  return found;
}

export function functionSite(node: FunctionNode, ancestors: AnyNode[]): FunctionSite | undefined {
  const index = ancestors.length - 1;
  const member = memberAround(ancestors, index);
  const isConstructor = member?.type === 'MethodDefinition' && member.kind === 'constructor';
  const given = namesGiven(ancestors, index);
  if (given.length === 0) return undefined;
  const names = fullNames(given, ancestors, index);
  if (isConstructor) names.push(...names.map(({ path, isWrapped }) => ({ path: path.slice(0, -1), isWrapped })));
  return {
    names: names.filter(({ path }) => path.length > 0).slice(0, MAX_NAMES),
    kind: isConstructor ? 'constructor' : (accessorKind(ancestors[index - 1]) ?? 'function'),
    isStatic: member?.static ?? (isOnPrototype(ancestors[index - 1]) ? false : undefined),
    isPrivate: member?.key.type === 'PrivateIdentifier',
    isDerived: isConstructor && Boolean(classAround(ancestors, index)?.superClass),
    isLastField: isLastField(node, member, classAround(ancestors, index)),
    node,
  };
}

/** A class whose constructor is the engine's own. */
function bareConstructor(node: ClassNode, ancestors: AnyNode[]): FunctionSite | undefined {
  if (node.body.body.some((member) => member.type === 'MethodDefinition' && member.kind === 'constructor')) {
    return undefined;
  }
  const index = ancestors.length - 1;
  const classNames = fullNames(namesGiven(ancestors, index), ancestors, index);
  if (classNames.length === 0) return undefined;
  const constructorOf = ({ path, isWrapped }: FunctionName) => ({
    path: [...path, identifier('constructor', node.start)],
    isWrapped,
  });
  return {
    names: [...classNames, ...classNames.map(constructorOf)],
    kind: 'constructor',
    isPrivate: false,
    isDerived: Boolean(node.superClass),
    isLastField: false,
  };
}

function memberAround(ancestors: AnyNode[], index: number) {
  const parent = ancestors[index - 1];
  return parent?.type === 'MethodDefinition' || parent?.type === 'PropertyDefinition' ? parent : undefined;
}

/** @param member of the class, whose value the function may be. */
export function isLastField(node: AnyNode, member: AnyNode | undefined, owner: ClassNode | undefined): boolean {
  if (member?.type !== 'PropertyDefinition' || member.value !== node) return false;
  const fields = owner?.body.body.filter((one) => one.type === 'PropertyDefinition' && one.static === member.static);
  return fields?.at(-1) === member;
}

function accessorKind(parent: AnyNode | undefined): 'get' | 'set' | undefined {
  if (parent?.type !== 'MethodDefinition' && parent?.type !== 'Property') return undefined;
  return parent.kind === 'get' || parent.kind === 'set' ? parent.kind : undefined;
}

function isOnPrototype(parent: AnyNode | undefined): boolean {
  if (parent?.type !== 'AssignmentExpression' || parent.left.type !== 'MemberExpression') return false;
  const { object } = parent.left;
  return object.type === 'MemberExpression' && keyName(object.property, object.computed)?.text === 'prototype';
}

function classAround(ancestors: AnyNode[], index: number): ClassNode | undefined {
  for (let at = index - 1; at >= 0; at--) {
    const node = ancestors[at];
    if (node?.type === 'ClassDeclaration' || node?.type === 'ClassExpression') return node;
    if (node !== undefined && isFunction(node)) return undefined;
  }
  return undefined;
}

function fullNames(given: readonly Given[], ancestors: AnyNode[], index: number): FunctionName[] {
  return given.flatMap(({ path, isWrapped }) => {
    const [first] = path[0] ?? [];
    const isOfThis = first?.text === 'this' && path.length > 1;
    const outer = isOfThis ? holdersOfThis(ancestors, index) : holders(ancestors, index);
    return spellings([...outer, ...(isOfThis ? path.slice(1) : path)]).map((names) => ({ path: names, isWrapped }));
  });
}

/** Every choice of one of the alternatives, the first ones first. */
function spellings(path: readonly Alternatives[]): Identifier[][] {
  let found: Identifier[][] = [[]];
  for (const alternatives of path) {
    found = found.flatMap((start) => alternatives.map((name) => [...start, name])).slice(0, MAX_NAMES);
  }
  return found;
}

/** What is around the node and has a name. */
function holders(ancestors: AnyNode[], index: number): Alternatives[] {
  const path: Alternatives[] = [];
  let last: AnyNode | undefined;
  for (let at = 0; at < index; at++) {
    const node = ancestors[at];
    // A node can be visited as two kinds of node.
    if (node === undefined || node === last) continue;
    last = node;
    const holds =
      node.type === 'ClassDeclaration' ||
      node.type === 'ClassExpression' ||
      node.type === 'ObjectExpression' ||
      isFunction(node);
    if (!holds) continue;
    const [given] = namesGiven(ancestors, at);
    if (given !== undefined && !given.isWrapped) path.push(...given.path);
  }
  return path;
}

/** `this.place = …` in a method belongs to the class, in a plain function to that function. */
function holdersOfThis(ancestors: AnyNode[], index: number): Alternatives[] {
  for (let at = index - 1; at >= 0; at--) {
    const node = ancestors[at];
    if (node === undefined || !isFunction(node) || node.type === 'ArrowFunctionExpression') continue;
    const isMember = memberAround(ancestors, at) !== undefined || ancestors[at - 1]?.type === 'Property';
    return holders(ancestors, isMember ? at : at + 1);
  }
  return [];
}

/** What the node at that place of the path is called by itself, and by what it is given to. */
function namesGiven(ancestors: AnyNode[], index: number): Given[] {
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

function nameFromOutside(ancestors: AnyNode[], index: number, isWrapped = false): Given | undefined {
  const node = ancestors[index];
  let at = index - 1;
  while (ancestors[at] === node) at--;
  const parent = ancestors[at];
  const named = (name: Identifier | undefined): Given | undefined => name && { path: [[name]], isWrapped };
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

function identifier(text: string, offset: number): Identifier {
  return { text, offset };
}
