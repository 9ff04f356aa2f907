import { type AnyNode, type Program, parse } from 'acorn';
import { ancestor, full } from 'acorn-walk';

/** A function in generated code, by the name that people call it. Offsets into the source. */
export interface FunctionSite {
  /** Enclosing class or object, where it has one. */
  readonly owner?: Identifier;
  readonly name: Identifier;
  readonly start: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** Functions inside of it, which have returns of their own. */
  readonly inner: readonly { readonly start: number; readonly end: number }[];
}

export interface Identifier {
  readonly text: string;
  /** Where it is written, so that a source map can tell its original name. */
  readonly offset: number;
}

type FunctionNode = Extract<
  AnyNode,
  { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }
>;

/** @returns every function that has a name or is assigned to one; none where acorn cannot read the source. */
export function functionsIn(source: string, path: string): FunctionSite[] {
  const tree = parseScript(source, path);
  return tree === undefined ? [] : findFunctions(tree);
}

/** @returns start and end of every function around the offset, innermost first. */
export function functionsAround(source: string, path: string, offset: number): { start: number; end: number }[] {
  const tree = parseScript(source, path);
  if (tree === undefined) return [];
  const around: { start: number; end: number }[] = [];
  full(tree, (node) => {
    if (isFunction(node as AnyNode) && node.start <= offset && offset < node.end) {
      around.push({ start: node.start, end: node.end });
    }
  });
  return around.sort((a, b) => a.end - a.start - (b.end - b.start));
}

/** Modules and scripts differ in their grammar: the more likely one is tried first. */
function parseScript(source: string, path: string): Program | undefined {
  const looksLikeModule = path.endsWith('.mjs') || /^\s*(?:import|export)\b/m.test(source);
  for (const isModule of looksLikeModule ? [true, false] : [false, true]) {
    try {
      return parseAs(source, isModule);
    } catch {
      // The other grammar is tried.
    }
  }
  return undefined;
}

function parseAs(source: string, isModule: boolean): Program {
  return parse(source, {
    ecmaVersion: 'latest',
    sourceType: isModule ? 'module' : 'script',
    allowReturnOutsideFunction: true,
    allowHashBang: true,
    allowAwaitOutsideFunction: true,
    allowImportExportEverywhere: true,
    allowSuperOutsideMethod: true,
  });
}

function findFunctions(tree: Program): FunctionSite[] {
  const found: FunctionSite[] = [];
  const visit = (node: FunctionNode, _state: unknown, ancestors: AnyNode[]) => {
    const named = nameOf(node, ancestors);
    if (named === undefined) return;
    const inner: { start: number; end: number }[] = [];
    full(node.body, (child) => {
      if (isFunction(child as AnyNode) && child !== node) inner.push({ start: child.start, end: child.end });
    });
    found.push({ ...named, start: node.start, bodyStart: node.body.start, bodyEnd: node.body.end, inner });
  };
  ancestor(tree, {
    FunctionDeclaration: (node, state, ancestors) => visit(node as FunctionNode, state, ancestors as AnyNode[]),
    FunctionExpression: (node, state, ancestors) => visit(node as FunctionNode, state, ancestors as AnyNode[]),
    ArrowFunctionExpression: (node, state, ancestors) => visit(node as FunctionNode, state, ancestors as AnyNode[]),
  });
  return found;
}

/** @returns whether `OrderService.place`, `OrderService#place` or `place` means the function of those original names. */
export function hasName(wanted: string, owner: string | undefined, name: string): boolean {
  const [, wantedOwner, wantedName = wanted] = /^(.*)[.#]([^.#]+)$/.exec(wanted) ?? [];
  if (wantedName.replace(/^#/, '') !== name.replace(/^#/, '')) return false;
  if (wantedOwner === undefined || wantedOwner === '') return true;
  const wish = wantedOwner.replace(/[.#]prototype$/, '').replace(/#$/, '');
  return owner !== undefined && (owner === wish || owner.endsWith(`.${wish}`));
}

function isFunction(node: AnyNode): node is FunctionNode {
  return (
    node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'
  );
}

function nameOf(node: FunctionNode, ancestors: AnyNode[]): Pick<FunctionSite, 'owner' | 'name'> | undefined {
  const parent = ancestors.at(-2);
  const named = nameFromParent(node, parent, ancestors);
  if (named !== undefined) return named;
  if (node.type !== 'ArrowFunctionExpression' && node.id) return { name: identifier(node.id.name, node.id.start) };
  if (parent?.type === 'ExportDefaultDeclaration') return { name: identifier('default', node.start) };
  return undefined;
}

function nameFromParent(
  node: FunctionNode,
  parent: AnyNode | undefined,
  ancestors: AnyNode[],
): Pick<FunctionSite, 'owner' | 'name'> | undefined {
  switch (parent?.type) {
    case 'MethodDefinition':
    case 'PropertyDefinition': {
      const name = keyName(parent.key, parent.computed);
      return name && { name, owner: classOf(ancestors) };
    }
    case 'Property': {
      const name = keyName(parent.key, parent.computed);
      return name && { name, owner: holderOf(ancestors, ancestors.length - 3) };
    }
    case 'VariableDeclarator':
      return parent.init === node && parent.id.type === 'Identifier'
        ? { name: identifier(parent.id.name, parent.id.start) }
        : undefined;
    case 'AssignmentExpression':
      return parent.right === node ? nameOfTarget(parent.left as AnyNode) : undefined;
    default:
      return undefined;
  }
}

/** `a = …` is a; `Order.prototype.total = …` and `exports.place = …` are total of Order, place of exports. */
function nameOfTarget(target: AnyNode): Pick<FunctionSite, 'owner' | 'name'> | undefined {
  if (target.type === 'Identifier') return { name: identifier(target.name, target.start) };
  if (target.type !== 'MemberExpression') return undefined;
  const name = keyName(target.property as AnyNode, target.computed);
  if (name === undefined) return undefined;
  let object: AnyNode = target.object as AnyNode;
  if (
    object.type === 'MemberExpression' &&
    keyName(object.property as AnyNode, object.computed)?.text === 'prototype'
  ) {
    object = object.object as AnyNode;
  }
  return { name, owner: ownerOf(object) };
}

function ownerOf(node: AnyNode): Identifier | undefined {
  if (node.type === 'Identifier') return identifier(node.name, node.start);
  if (node.type === 'MemberExpression') return keyName(node.property as AnyNode, node.computed);
  return undefined;
}

function classOf(ancestors: AnyNode[]): Identifier | undefined {
  for (let index = ancestors.length - 1; index >= 0; index--) {
    const node = ancestors[index];
    if (node?.type !== 'ClassDeclaration' && node?.type !== 'ClassExpression') continue;
    return node.id ? identifier(node.id.name, node.id.start) : holderOf(ancestors, index);
  }
  return undefined;
}

/** The variable or property that the object or class at that place of the path is given to. */
function holderOf(ancestors: AnyNode[], index: number): Identifier | undefined {
  const parent = ancestors[index - 1];
  if (parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier') {
    return identifier(parent.id.name, parent.id.start);
  }
  if (parent?.type === 'AssignmentExpression') return nameOfTarget(parent.left as AnyNode)?.name;
  if (parent?.type === 'Property') return keyName(parent.key, parent.computed);
  return undefined;
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
