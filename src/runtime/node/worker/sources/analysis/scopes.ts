import type { FunctionSite } from '../functions/function-site.ts';
import type { Range } from '../syntax/nodes.ts';

/** How a variable is declared; `self` is the name of a function expression, as the function itself sees it. */
export type BindingKind = 'const' | 'let' | 'var' | 'function' | 'class' | 'parameter' | 'catch' | 'import' | 'self';

const CAPTURED = 1;
const WRITTEN = 2;
const DECLARED_AGAIN = 4;

/** A variable of generated code. A bundle has a million, so what is known of its uses is kept in bits. */
export class Binding {
  readonly name: string;
  /** Where its name is written first in a declaration, as an offset into the source. */
  readonly offset: number;
  readonly scope: Scope;
  kind: BindingKind;
  #uses = 0;

  constructor(name: string, kind: BindingKind, offset: number, scope: Scope) {
    this.name = name;
    this.kind = kind;
    this.offset = offset;
    this.scope = scope;
  }

  /** Whether a function inside of the one that has it uses it: V8 keeps others only while that function itself runs. */
  get isCaptured(): boolean {
    return (this.#uses & CAPTURED) !== 0;
  }

  /** Whether anything but its declaration assigns it. */
  get isWritten(): boolean {
    return (this.#uses & WRITTEN) !== 0;
  }

  get isDeclaredAgain(): boolean {
    return (this.#uses & DECLARED_AGAIN) !== 0;
  }

  capture(): void {
    this.#uses |= CAPTURED;
  }

  write(): void {
    this.#uses |= WRITTEN;
  }

  declareAgain(): void {
    this.#uses |= DECLARED_AGAIN;
  }
}

/** A variable that stands for one of another module; `default` and `*` are names there too. */
export class ImportBinding extends Binding {
  readonly imported: { readonly from: string; readonly name: string };

  constructor(name: string, offset: number, scope: Scope, imported: ImportBinding['imported']) {
    super(name, 'import', offset, scope);
    this.imported = imported;
  }
}

const NO_VARIABLES: readonly Binding[] = [];
const NO_SCOPES: readonly Scope[] = [];
const NO_RANGES: readonly Range[] = [];
/** With more variables, a scope has an index by name in the place of a list. */
const LONGEST_LIST = 8;

/** A part of generated code that has variables of its own. Offsets into the source. A bundle has hundreds of thousands. */
export class Scope implements Range {
  readonly kind: 'root' | 'function' | 'block' | 'catch';
  readonly start: number;
  readonly end: number;
  parent: Scope | undefined;
  /** A single one is kept without a list, to save memory. */
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

  /** Frees the spare capacity of its lists, when all that is inside of the scope is known. */
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
  /** Place and names of the function; absent for the script, and for fields and static blocks, which are functions only for V8. */
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

  /** Whether `arguments` occurs, which can assign parameters in sloppy code. */
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

  /** Names that the body declares, where parameters have defaults or patterns: the body is a scope of its own for V8 then. */
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

  /** Names of functions that its blocks declare in sloppy code: they are variables of the function, too, once the block is reached. */
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
