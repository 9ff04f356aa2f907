import type { Identifier } from 'acorn';
import { OffsetSet } from './offset-lists.ts';
import { functionOf } from './scope-lookup.ts';
import { Binding, type BindingKind, FunctionScope, ImportBinding, type Scope } from './scopes.ts';

/** How a name is used that no scope so far declares: bits, since there are very many. */
const IN_FUNCTION = 1;
const WRITTEN = 2;
/** Of `arguments`: the function that they belong to has not been found yet. */
const UNOWNED = 4;

/** Names that a scope uses and does not declare. */
export type FreeNames = ReadonlyMap<string, number>;

/** `eval` and `with` can use every name; `eval` can assign it, too. */
const ANY_NAME = '*';

/** Is told every name where it is used, or declared by a pattern, with the scope in which it is looked up. */
export type OnName = (node: Identifier, scope: Scope) => void;

/**
 * Makes the scopes of a script from the inside out, as its functions are read one after the other: what a function uses and does not
 * declare is resolved once the function around it has been read.
 */
export class ScopeBuilder {
  readonly root: FunctionScope;
  /** Offsets at which variables are read or written. */
  readonly references = new OffsetSet();
  readonly #onName: OnName | undefined;
  #scope: Scope;
  #free = new Map<string, number>();

  constructor(root: FunctionScope, onName?: OnName) {
    this.root = root;
    this.#scope = root;
    this.#onName = onName;
  }

  /** The scope that is being walked over. */
  get scope(): Scope {
    return this.#scope;
  }

  refer(node: Identifier, isWrite: boolean): void {
    const { name } = node;
    this.#use(name, (isWrite ? WRITTEN : 0) | (name === 'arguments' ? UNOWNED : 0));
    this.references.add(node.start);
    this.#onName?.(node, this.#scope);
  }

  referToAny(mayWrite: boolean): void {
    this.#use(ANY_NAME, IN_FUNCTION | (mayWrite ? WRITTEN : 0));
  }

  /** Declares a name of a pattern. @param isRepeated whether the declaration assigns a value many times, as in a loop. */
  declarePart(node: Identifier, kind: BindingKind, isRepeated: boolean): void {
    this.declare(node, kind, isRepeated);
    this.#onName?.(node, this.#scope);
  }

  declare({ name, start }: Identifier, kind: BindingKind, isRepeated = false): void {
    const scope = kind === 'var' ? functionOf(this.#scope) : this.#scope;
    if (scope instanceof FunctionScope) scope.addToBody(name);
    const known = scope.get(name);
    if (known === undefined) scope.declare(new Binding(name, kind, start, scope));
    else if (known.kind === 'self') known.kind = kind;
    else known.declareAgain();
    if (kind !== 'var' || !isRepeated) return;
    const declared = scope.get(name);
    declared?.write();
  }

  /** A function that a block declares is, in sloppy code, a variable of the function around the block, too. */
  declareFunction(node: Identifier, isStrict: boolean): void {
    this.declare(node, 'function');
    if (isStrict || this.#scope instanceof FunctionScope) return;
    const outer = functionOf(this.#scope);
    outer.hoist(node.name);
    outer.addToBody(node.name);
  }

  declareImport({ name, start }: Identifier, imported: ImportBinding['imported']): void {
    this.#scope.declare(new ImportBinding(name, start, this.#scope, imported));
  }

  /** Walks over a scope inside of the current one. */
  within(scope: Scope, walk: () => void): void {
    scope.parent = this.#scope;
    this.add(scope, this.inside(scope, walk));
  }

  /** Walks over a scope. @returns what it uses and does not declare, to be given to `add` in the scope around it. */
  inside(scope: Scope, walk: () => void): FreeNames {
    const outerScope = this.#scope;
    const outerFree = this.#free;
    const used = new Map<string, number>();
    this.#scope = scope;
    this.#free = used;
    walk();
    this.#scope = outerScope;
    this.#free = outerFree;
    scope.finish();
    return resolve(used, scope);
  }

  add(scope: Scope, free: FreeNames): void {
    for (const [name, use] of free) this.#use(name, use);
    if (scope.kind !== 'block' || scope.variables.length > 0) {
      this.#scope.add(scope);
      return;
    }
    // A block without variables is no scope: those inside of it belong to the scope around it.
    for (const child of scope.children) this.#scope.add(child);
  }

  #use(name: string, use: number): void {
    this.#free.set(name, (this.#free.get(name) ?? 0) | use);
  }
}

/** Notes at the variables of a scope how they are used. @returns the names that the scope does not declare. */
function resolve(used: FreeNames, scope: Scope): FreeNames {
  const isFunction = scope instanceof FunctionScope;
  for (const name of isFunction ? (scope.hoisted ?? []) : []) {
    scope.get(name)?.write();
  }
  const free = new Map<string, number>();
  for (const [name, use] of used) {
    let outside = scope.kind === 'function' ? use | IN_FUNCTION : use;
    if (name === ANY_NAME) {
      for (const binding of scope.variables) binding.capture();
      scope.hasEval ||= (use & WRITTEN) !== 0;
    }
    if ((use & UNOWNED) !== 0 && isFunction && !scope.isArrow) {
      scope.useArguments();
      outside &= ~UNOWNED;
    }
    const own = scope.get(name);
    if (own === undefined) {
      free.set(name, outside);
      continue;
    }
    if ((use & IN_FUNCTION) !== 0) own.capture();
    if ((use & WRITTEN) !== 0) own.write();
  }
  return free;
}

/** A name that a script uses and does not declare. */
export interface OuterName {
  /** Whether a function uses it. */
  readonly isCaptured: boolean;
  readonly isWritten: boolean;
}

export function outerNames(free: FreeNames): ReadonlyMap<string, OuterName> {
  return new Map(
    [...free]
      .filter(([name]) => name !== ANY_NAME)
      .map(([name, use]) => [name, { isCaptured: (use & IN_FUNCTION) !== 0, isWritten: (use & WRITTEN) !== 0 }]),
  );
}
