import type { AnyNode } from 'acorn';
import { dropBody, type FunctionNode, grammarsOf, isFunction, parseAs, type Range } from '../syntax.ts';
import {
  type Alternatives,
  accessorKind,
  type ClassNode,
  classAround,
  type Given,
  holders,
  type Identifier,
  identifier,
  isLastField,
  isOnPrototype,
  memberAround,
  namesGiven,
} from './given-names.ts';

/** A function in generated code, by the names that people call it. Offsets into the source. */
export interface FunctionSite extends Range {
  /** What it is called; the first one is shown. None for a function that nothing gives a name. */
  readonly names: readonly FunctionName[];
  readonly kind: 'function' | 'constructor' | 'get' | 'set';
  /** Of members of a class: whether they are the class's own. */
  readonly isStatic?: boolean;
  readonly isPrivate: boolean;
  /** A constructor that has `this` only after `super()`. */
  readonly isDerived: boolean;
  /** V8 ends the function around it at the same place. */
  readonly endsWithOuter: boolean;
  /** The constructor of a class that has none in its code; the range is that of the class. */
  readonly isBare: boolean;
}

/** From the outermost that has a name to the function itself: `OrderService`, `place`. */
export interface FunctionName {
  readonly path: readonly Identifier[];
  /** The function is only handed to what gets this name: `const place = wrap(() => …)`. */
  readonly isWrapped: boolean;
}

/** A name has so many forms at most. */
const MAX_NAMES = 8;
const NONE: readonly never[] = [];

/**
 * Reads a script function by function, without keeping its tree: that of a bundle is larger than the memory of the worker.
 * @returns every function, in the order of the source; none where acorn cannot read it.
 */
export function functionsIn(source: string, path: string): FunctionSite[] {
  for (const isModule of grammarsOf(source, path)) {
    try {
      const lister = new Lister();
      const tree = parseAs(source, isModule, (node) => lister.finish(node));
      return lister.list(tree as AnyNode);
    } catch {
      // The other grammar is tried. In rare cases generated code nests deeper than the stack of this thread.
    }
  }
  return [];
}

/** @returns what a function is called, as far as the nodes from the function around it to itself tell. */
export function namesOf(node: FunctionNode, ancestors: AnyNode[]): readonly FunctionName[] {
  const listed = new Listed(node, ancestors, NONE);
  const [around] = ancestors;
  if (around !== undefined && around !== node && isFunction(around)) new Listed(around, [around], [listed]);
  return listed.names;
}

class Lister {
  readonly #found: Listed[] = [];
  /** What is inside of a function that has been read, and may belong to another one that has not. */
  readonly #inside = new WeakMap<FunctionNode, readonly Listed[]>();

  /** A function has been read. */
  finish(node: FunctionNode): void {
    this.#inside.set(node, this.#list(node));
    dropBody(node);
  }

  list(tree: AnyNode): FunctionSite[] {
    this.#list(tree);
    return this.#found.sort((a, b) => a.start - b.start || b.end - a.end);
  }

  /** Lists what is directly inside of the function or script. */
  #list(root: AnyNode): readonly Listed[] {
    const listed: Listed[] = [];
    const ancestors: AnyNode[] = [];
    const add = (node: FunctionNode | ClassNode, inside: readonly Listed[]) => {
      const one = new Listed(node, ancestors, inside);
      listed.push(one);
      this.#found.push(one);
    };
    const walk = (node: AnyNode) => {
      ancestors.push(node);
      if (node !== root && isFunction(node)) add(node, this.#inside.get(node) ?? NONE);
      else {
        if (isClass(node) && !hasConstructor(node)) add(node, NONE);
        for (const key in node) {
          const value: unknown = node[key as keyof AnyNode];
          if (typeof value !== 'object' || value === null) continue;
          if (!Array.isArray(value)) {
            if (isNode(value)) walk(value);
          } else for (const one of value) if (isNode(one)) walk(one);
        }
      }
      ancestors.pop();
    };
    walk(root);
    return listed;
  }
}

/** A function as it is listed: its names are put together when somebody asks, since there are many functions. */
class Listed implements FunctionSite {
  readonly start: number;
  readonly end: number;
  readonly kind: FunctionSite['kind'];
  readonly isStatic: boolean | undefined;
  readonly isPrivate: boolean;
  readonly isDerived: boolean;
  readonly endsWithOuter: boolean;
  readonly isBare: boolean;
  readonly #given: readonly Given[];
  readonly #holders: readonly Alternatives[];
  readonly #isMember: boolean;
  readonly #isArrow: boolean;
  /** The function around it. */
  #around: Listed | undefined;

  /** @param ancestors from the function around it, or the script, to the node itself. */
  constructor(node: FunctionNode | ClassNode, ancestors: AnyNode[], inside: readonly Listed[]) {
    const index = ancestors.length - 1;
    const parent = ancestors[index - 1];
    const member = memberAround(ancestors, index);
    const owner = classAround(ancestors, index);
    const isConstructor = member?.type === 'MethodDefinition' && member.kind === 'constructor';
    this.start = node.start;
    this.end = node.end;
    this.isBare = isClass(node);
    this.kind = isConstructor || this.isBare ? 'constructor' : (accessorKind(parent) ?? 'function');
    this.isStatic = this.isBare ? undefined : (member?.static ?? (isOnPrototype(parent) ? false : undefined));
    this.isPrivate = !this.isBare && member?.key.type === 'PrivateIdentifier';
    this.isDerived = Boolean(isClass(node) ? node.superClass : isConstructor && owner?.superClass);
    this.endsWithOuter = isLastField(node, member, owner) || endsWithOuter(node, ancestors);
    this.#given = kept(namesGiven(ancestors, index));
    this.#holders = kept(holders(ancestors, index));
    this.#isMember = member !== undefined || parent?.type === 'Property';
    this.#isArrow = node.type === 'ArrowFunctionExpression';
    for (const one of inside) one.#around = this;
  }

  get names(): readonly FunctionName[] {
    const names = this.#given.flatMap(({ path, isWrapped }) => {
      const isOfThis = path.length > 1 && path[0]?.[0]?.text === 'this';
      const outer = isOfThis ? this.#pathOfThis() : this.#pathAround();
      return spellings([...outer, ...(isOfThis ? path.slice(1) : path)]).map((one) => ({ path: one, isWrapped }));
    });
    if (this.kind !== 'constructor') return names;
    const others = names.map(({ path, isWrapped }) => ({
      path: this.isBare ? [...path, identifier('constructor', this.start)] : path.slice(0, -1),
      isWrapped,
    }));
    return [...names, ...others].filter(({ path }) => path.length > 0).slice(0, 2 * MAX_NAMES);
  }

  /** What is around it and has a name. */
  #pathAround(): Alternatives[] {
    return this.#around === undefined ? [...this.#holders] : [...this.#around.#path(), ...this.#holders];
  }

  #path(): Alternatives[] {
    const [given] = this.#given;
    return [...this.#pathAround(), ...(given === undefined || given.isWrapped ? NONE : given.path)];
  }

  /** `this.place = …` in a method belongs to the class, in a plain function to that function. */
  #pathOfThis(): Alternatives[] {
    for (let around = this.#around; around !== undefined; around = around.#around) {
      if (!around.#isArrow) return around.#isMember ? around.#pathAround() : around.#path();
    }
    return [];
  }
}

/** `return x => x` ends, without a semicolon, where its function `x => x` does; so does `y => x => x`. */
function endsWithOuter(node: FunctionNode | ClassNode, ancestors: readonly AnyNode[]): boolean {
  if (node.type !== 'ArrowFunctionExpression' || node.body.type === 'BlockStatement') return false;
  return ancestors.some((outer) => {
    if (outer === node) return false;
    if (outer.type === 'ReturnStatement') return outer.end === node.end;
    if (!isFunction(outer)) return false;
    return node.end === (outer.body.type === 'BlockStatement' ? outer.body.end - 1 : outer.end);
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

function kept<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NONE : list;
}

function isClass(node: AnyNode): node is ClassNode {
  return node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
}

function hasConstructor(node: ClassNode): boolean {
  return node.body.body.some((member) => member.type === 'MethodDefinition' && member.kind === 'constructor');
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
