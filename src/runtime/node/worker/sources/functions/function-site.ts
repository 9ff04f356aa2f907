import type { AnyNode } from 'acorn';
import { type ClassNode, type FunctionNode, isClass, isFunction, type Range } from '../syntax/nodes.ts';
import {
  type Alternatives,
  accessorKind,
  classAround,
  holders,
  type Identifier,
  type InferredName,
  identifier,
  inferNames,
  isLastField,
  isOnPrototype,
  memberAround,
} from './inferred-names.ts';

/** From the outermost that has a name to the function itself: `OrderService`, `place`. */
export interface FunctionName {
  readonly path: readonly Identifier[];
  /** The function is only handed to what gets this name: `const place = wrap(() => …)`. */
  readonly isWrapped: boolean;
}

/** Most forms of one name, where what is around the function has several names. */
const MAX_NAMES = 8;
const NONE: readonly never[] = [];

/**
 * A function in generated code, by the names that people call it. Offsets into the source. Its names are put together when they are asked for,
 * since there are many functions.
 */
export class FunctionSite implements Range {
  readonly start: number;
  readonly end: number;
  readonly kind: 'function' | 'constructor' | 'get' | 'set';
  readonly #flags: number;
  /** A single name has no list, to save memory: most functions have one, or none. */
  readonly #given: Identifier | readonly InferredName[];
  readonly #holders: Identifier | readonly Alternatives[];
  /** Its own name, which the code inside of it sees. */
  readonly #own: Identifier | undefined;
  /** The function around it. */
  #around: FunctionSite | undefined;

  /** @param ancestors from the function around it, or the script, to the node itself. */
  constructor(node: FunctionNode | ClassNode, ancestors: AnyNode[], inside: readonly FunctionSite[]) {
    const index = ancestors.length - 1;
    const parent = ancestors[index - 1];
    const member = memberAround(ancestors, index);
    const owner = classAround(ancestors, index);
    const isConstructor = member?.type === 'MethodDefinition' && member.kind === 'constructor';
    this.start = node.start;
    this.end = node.end;
    this.kind = isConstructor || isClass(node) ? 'constructor' : (accessorKind(parent) ?? 'function');
    const isStatic = isClass(node) ? undefined : (member?.static ?? (isOnPrototype(parent) ? false : undefined));
    this.#flags = flagsOf([
      isFunction(node) && node.async,
      isFunction(node) && node.generator,
      node.type === 'ArrowFunctionExpression',
      isClass(node),
      member !== undefined,
      parent?.type === 'Property',
      member?.key.type === 'PrivateIdentifier' && !isClass(node),
      isStatic === true,
      isStatic === false,
      Boolean(isClass(node) ? node.superClass : isConstructor && owner?.superClass),
      isLastField(node, member, owner) || endsWithOuter(node, ancestors),
    ]);
    const given = inferNames(ancestors, index);
    const [only] = given;
    const single = given.length === 1 && only?.isWrapped === false ? onlyName(only.path) : undefined;
    this.#given = single ?? kept(given);
    const holding = holders(ancestors, index);
    this.#holders = onlyName(holding) ?? kept(holding);
    this.#own = 'id' in node && node.id ? identifier(node.id.name, node.id.start) : undefined;
    for (const one of inside) one.#around = this;
  }

  get isAsync(): boolean {
    return this.#is(0);
  }

  get isGenerator(): boolean {
    return this.#is(1);
  }

  get isArrow(): boolean {
    return this.#is(2);
  }

  /** The constructor of a class that has none in its code; the range is that of the class. */
  get isBare(): boolean {
    return this.#is(3);
  }

  /** A method, accessor or field of a class. */
  get isMember(): boolean {
    return this.#is(4);
  }

  get #isOfObject(): boolean {
    return this.#is(5);
  }

  get isPrivate(): boolean {
    return this.#is(6);
  }

  /** Whether a member of a class is static; undefined for all other functions. */
  get isStatic(): boolean | undefined {
    return this.#is(7) ? true : this.#is(8) ? false : undefined;
  }

  /** A constructor that has `this` only after `super()`. */
  get isDerived(): boolean {
    return this.#is(9);
  }

  /** V8 ends the function around it at the same place. */
  get endsWithOuter(): boolean {
    return this.#is(10);
  }

  #is(bit: number): boolean {
    return (this.#flags & (1 << bit)) !== 0;
  }

  get names(): readonly FunctionName[] {
    const names = this.#allGiven().flatMap(({ path, isWrapped }) => {
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

  /**
   * What it is called by itself or by what it is given to, and the class or object that it belongs to, as far as the function around it
   * tells; undefined where nothing gives it a name.
   */
  get nearName(): { readonly owner?: Identifier; readonly name: Identifier } | undefined {
    const given = this.#allGiven()
      .find(({ isWrapped }) => !isWrapped)
      ?.path.flatMap((names) => names[0] ?? []);
    if (given === undefined) return undefined;
    const isOfThis = given.length > 1 && given[0]?.text === 'this';
    // Arrow functions have no name of their own.
    const around = this.#around === undefined ? [] : [this.#around.#own].filter((own) => own !== undefined);
    const holding = isOfThis ? [] : this.#allHolders().flatMap((names) => names[0] ?? []);
    const path = [...around, ...holding, ...(isOfThis ? given.slice(1) : given)];
    const name = path.at(-1);
    return name && { owner: path.at(-2), name };
  }

  #allGiven(): readonly InferredName[] {
    return 'text' in this.#given ? [{ path: [[this.#given]], isWrapped: false }] : this.#given;
  }

  #allHolders(): readonly Alternatives[] {
    return 'text' in this.#holders ? [[this.#holders]] : this.#holders;
  }

  /** Names of what is around it, outermost first. */
  #pathAround(): Alternatives[] {
    const outer = this.#around === undefined ? NONE : this.#around.#path();
    return [...outer, ...this.#allHolders()];
  }

  #path(): Alternatives[] {
    const [given] = this.#allGiven();
    return [...this.#pathAround(), ...(given === undefined || given.isWrapped ? NONE : given.path)];
  }

  /** `this.place = …` in a method belongs to the class, in a plain function to that function. */
  #pathOfThis(): Alternatives[] {
    for (let around = this.#around; around !== undefined; around = around.#around) {
      if (!around.isArrow) return around.isMember || around.#isOfObject ? around.#pathAround() : around.#path();
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

/** Keeps answers in bits, the first as bit 0, to save memory: a bundle has hundreds of thousands of functions. */
function flagsOf(answers: readonly boolean[]): number {
  return answers.reduce((flags, isSet, bit) => (isSet ? flags | (1 << bit) : flags), 0);
}

/** Every choice of one of the alternatives, the first ones first. */
function spellings(path: readonly Alternatives[]): Identifier[][] {
  let found: Identifier[][] = [[]];
  for (const alternatives of path) {
    found = found.flatMap((start) => alternatives.map((name) => [...start, name])).slice(0, MAX_NAMES);
  }
  return found;
}

function onlyName(path: readonly Alternatives[]): Identifier | undefined {
  return path.length === 1 && path[0]?.length === 1 ? path[0][0] : undefined;
}

function kept<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NONE : list;
}
