import type { FunctionSite } from '../functions/function-site.ts';
import { isIn, type Range } from '../syntax/nodes.ts';
import { Binding } from './bindings.ts';

const NO_VARIABLES: readonly Binding[] = [];
const NO_SCOPES: readonly Scope[] = [];
const NO_RANGES: readonly Range[] = [];
/** A list of more variables is not looked through by name, but has an index. */
const LONGEST_LIST = 8;

/** A part of generated code that has variables of its own. Offsets into the source. A bundle has hundreds of thousands. */
export class Scope implements Range {
  readonly kind: 'root' | 'function' | 'block' | 'catch';
  readonly start: number;
  readonly end: number;
  parent: Scope | undefined;
  /** One alone has no list. */
  #variables: Binding | Binding[] | Map<string, Binding> | undefined;
  #children: Scope | Scope[] | undefined;
  /** A direct call of `eval` may assign every variable that it sees. */
  hasEval = false;

  constructor(kind: Scope['kind'], { start, end }: Range, parent: Scope | undefined) {
    this.kind = kind;
    this.start = start;
    this.end = end;
    this.parent = parent;
  }

  /** In the order in which they are declared. */
  get variables(): readonly Binding[] {
    if (this.#variables instanceof Map) return [...this.#variables.values()];
    if (this.#variables instanceof Binding) return [this.#variables];
    return this.#variables ?? NO_VARIABLES;
  }

  get children(): readonly Scope[] {
    return this.#children instanceof Scope ? [this.#children] : (this.#children ?? NO_SCOPES);
  }

  /** The scope's own variable of that name. */
  get(name: string): Binding | undefined {
    if (this.#variables === undefined) return undefined;
    if (this.#variables instanceof Map) return this.#variables.get(name);
    if (this.#variables instanceof Binding) return this.#variables.name === name ? this.#variables : undefined;
    for (const binding of this.#variables) if (binding.name === name) return binding;
    return undefined;
  }

  declare(binding: Binding): void {
    if (this.#variables === undefined) this.#variables = binding;
    else if (this.#variables instanceof Binding) this.#variables = [this.#variables, binding];
    else if (this.#variables instanceof Map) this.#variables.set(binding.name, binding);
    else if (this.#variables.length < LONGEST_LIST) this.#variables.push(binding);
    else this.#variables = new Map([...this.#variables, binding].map((one) => [one.name, one]));
  }

  add(child: Scope): void {
    child.parent = this;
    if (this.#children === undefined) this.#children = child;
    else if (this.#children instanceof Scope) this.#children = [this.#children, child];
    else this.#children.push(child);
  }

  /** After all that is inside of it is known: lists are as long as what is in them. */
  finish(): void {
    if (Array.isArray(this.#variables)) this.#variables = this.#variables.slice();
    if (Array.isArray(this.#children)) this.#children = this.#children.slice();
  }
}

const ARROW = 1;
const STRICT = 2;
const USES_ARGUMENTS = 4;

/** What few functions have. */
interface Particulars {
  caught: readonly Range[];
  inBody: Set<string> | undefined;
  hoisted: Set<string> | undefined;
}

/** The scope of a function, of a field's value, of a static block, or of the whole script. */
export class FunctionScope extends Scope {
  /** Of a function: its place and names; absent for what V8 alone makes a function of. */
  site: FunctionSite | undefined;
  #flags: number;
  #particulars: Particulars | undefined;

  constructor(kind: 'root' | 'function', range: Range, { isArrow = false, isStrict = false } = {}) {
    super(kind, range, undefined);
    this.#flags = (isArrow ? ARROW : 0) | (isStrict ? STRICT : 0);
  }

  get isArrow(): boolean {
    return (this.#flags & ARROW) !== 0;
  }

  get isStrict(): boolean {
    return (this.#flags & STRICT) !== 0;
  }

  /** `arguments` may assign parameters, but in strict code. */
  get usesArguments(): boolean {
    return (this.#flags & USES_ARGUMENTS) !== 0;
  }

  useArguments(): void {
    this.#flags |= USES_ARGUMENTS;
  }

  /** Where an exception stays in the function: it is caught, overruled by a `finally`, or made a rejection. */
  get caught(): readonly Range[] {
    return this.#particulars?.caught ?? NO_RANGES;
  }

  set caught(ranges: readonly Range[]) {
    if (ranges.length > 0) this.#special().caught = ranges;
  }

  /** Where parameters have defaults or patterns: what the body declares, which is a scope of its own for V8. */
  get inBody(): ReadonlySet<string> | undefined {
    return this.#particulars?.inBody;
  }

  /** From here on, the body of such a function declares its variables. */
  beginBody(): void {
    this.#special().inBody = new Set();
  }

  addToBody(name: string): void {
    this.#particulars?.inBody?.add(name);
  }

  /** Functions of its blocks, in sloppy code: they are variables of the function too, from when they are reached. */
  get hoisted(): ReadonlySet<string> | undefined {
    return this.#particulars?.hoisted;
  }

  hoist(name: string): void {
    const special = this.#special();
    special.hoisted ??= new Set();
    special.hoisted.add(name);
  }

  #special(): Particulars {
    this.#particulars ??= { caught: NO_RANGES, inBody: undefined, hoisted: undefined };
    return this.#particulars;
  }
}

/** @returns the scopes around an offset, innermost first; the last is the script itself. */
export function scopesAt(root: Scope, offset: number): Scope[] {
  const around: Scope[] = [root];
  for (let scope: Scope | undefined = root; scope !== undefined; ) {
    scope = scope.children.find((child) => isIn(child, offset));
    if (scope !== undefined) around.unshift(scope);
  }
  return around;
}

/** @returns the function that a scope belongs to, or the script itself. */
export function functionOf(scope: Scope): FunctionScope {
  for (let found: Scope | undefined = scope; found !== undefined; found = found.parent) {
    if (found instanceof FunctionScope) return found;
  }
  throw new TypeError('a scope outside of every script');
}

/** @returns what a name means in a scope: the innermost variable of that name. */
export function findBinding(name: string, from: Scope | undefined): Binding | undefined {
  for (let scope = from; scope !== undefined; scope = scope.parent) {
    const binding = scope.get(name);
    if (binding !== undefined) return binding;
    if (scope instanceof FunctionScope && scope.hoisted?.has(name)) return assignedLater(name, scope);
  }
  return undefined;
}

/** The variable that sloppy code makes of a function in a block. */
function assignedLater(name: string, scope: Scope): Binding {
  const binding = new Binding(name, 'var', scope.start, scope);
  binding.write();
  return binding;
}

/** Whether a variable keeps its first value for as long as it lives. An import does when its module says so. */
export function isConstant({ kind, isDeclaredAgain, isWritten, scope }: Binding): boolean {
  if (kind === 'const' || kind === 'import' || kind === 'self') return true;
  if (isDeclaredAgain || isWritten || scope.hasEval) return false;
  return kind !== 'parameter' || !(scope instanceof FunctionScope) || scope.isStrict || !scope.usesArguments;
}
