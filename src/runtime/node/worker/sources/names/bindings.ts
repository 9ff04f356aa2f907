import type { AnyNode, Program } from 'acorn';
import { namesOf } from '../functions/functions.ts';
import type { Identifier } from '../functions/given-names.ts';
import { LineTable } from '../line-table.ts';
import { dropBody, type FunctionNode, grammarsOf, parseAs } from '../syntax.ts';

/** A variable of generated code. Offsets into the source. */
export interface Binding {
  readonly name: string;
  /** Where its name is written first in a declaration. */
  readonly offset: number;
  readonly scope: Scope;
  /** Whether a function inside of the one that has it uses it: V8 keeps others only while that function itself runs. */
  isCaptured: boolean;
}

/** A part of generated code that has variables of its own. */
export interface Scope {
  readonly kind: 'root' | 'function' | 'block' | 'catch';
  readonly start: number;
  readonly end: number;
  parent: Scope | undefined;
  readonly bindings: Map<string, Binding>;
  readonly children: Scope[];
  /** Of a function. */
  isAsync?: boolean;
  /** Of a function whose parameters have defaults or patterns: what its body declares, which is a scope of its own for V8. */
  inBody?: Set<string>;
  /** Of a function: what it is called, where it has a name, and whether it is a member of a class. */
  named?: { readonly owner?: Identifier; readonly name: Identifier; readonly isMember: boolean };
}

/** A private field or method of a class; not its accessors, which are code. */
export interface PrivateMember {
  /** Without the `#`. */
  readonly name: string;
  /** Where the `#` is. */
  readonly offset: number;
  readonly isField: boolean;
}

/** A class, and the private members that code inside of it can read. */
export interface ClassSite {
  readonly start: number;
  readonly end: number;
  readonly privates: readonly PrivateMember[];
}

/** What one script declares, and where. */
export interface Analysis {
  readonly source: string;
  readonly lines: LineTable;
  readonly root: Scope;
  /** Of ECMAScript or CommonJS, as files are; text that is run has no path. */
  readonly isModule: boolean;
  readonly classes: readonly ClassSite[];
  /** Names that the script uses and does not declare, each by whether a function uses it. */
  readonly outer: ReadonlyMap<string, boolean>;
  /** Whether a variable is read or written at that offset. */
  isReference(offset: number): boolean;
  /** @returns the beginning of the `return` that V8 shows at that offset, or of the function whose end it is. */
  returnAt(offset: number): number | undefined;
}

const SKIPPED = new Set(['type', 'start', 'end', 'loc', 'range', 'sourceType', 'raw', 'regex', 'bigint', 'operator']);

/** @returns what a script declares; undefined where acorn cannot read it. */
export function analyse(source: string, path: string): Analysis | undefined {
  for (const isModule of grammarsOf(source, path)) {
    try {
      const analyser = new Analyser(source);
      const tree = parseAs(source, isModule, (node) => analyser.finish(node));
      return analyser.analysis(tree, isModule || path.startsWith('/'));
    } catch {
      // The other grammar is tried. In rare cases generated code nests deeper than the stack of this thread.
    }
  }
  return undefined;
}

/** @returns the scopes around an offset, innermost first; the last is the script itself. */
export function scopesAt(root: Scope, offset: number): Scope[] {
  const around: Scope[] = [root];
  for (let scope: Scope | undefined = root; scope !== undefined; ) {
    scope = scope.children.find(({ start, end }) => start <= offset && offset < end);
    if (scope !== undefined) around.unshift(scope);
  }
  return around;
}

/** @returns the function that a scope belongs to, or the script itself. */
export function functionOf(scope: Scope): Scope {
  let found = scope;
  while (found.kind !== 'function' && found.parent !== undefined) found = found.parent;
  return found;
}

/** Names that a scope uses and does not declare, each by whether it was used from a function inside. */
type Free = Map<string, boolean>;

/** `eval` and `with` can use every name. */
const ANY_NAME = '*';

interface Finished {
  readonly scope: Scope;
  readonly free: Free;
}

/**
 * Walks over a script while it is being parsed: each function as soon as it is read, so that its tree need not be kept. The
 * tree of a bundle is larger than the memory of the worker.
 */
class Analyser {
  readonly #source: string;
  readonly #finished = new WeakMap<object, Finished>();
  readonly #references: number[] = [];
  readonly #classes: ClassSite[] = [];
  /** Of two at one offset the outer one counts, which is finished later. */
  readonly #returns = new Map<number, number>();
  #ancestors: AnyNode[] = [];
  #free: Free = new Map();
  #scope: Scope;
  /** The scope of a function whose body is one of its own. */
  #body: Scope | undefined;

  constructor(source: string) {
    this.#source = source;
    this.#scope = newScope('root', 0, source.length + 1, undefined);
  }

  /** A function has been read. */
  finish(node: FunctionNode): void {
    const scope = newScope('function', node.start, node.end, undefined);
    scope.isAsync = node.async;
    const ancestors = this.#ancestors;
    this.#ancestors = [node];
    const free = this.#inside(scope, () => this.#insideFunction(node, scope));
    this.#ancestors = ancestors;
    this.#finished.set(node, { scope, free });
    dropBody(node);
  }

  analysis(tree: Program, isModule: boolean): Analysis {
    const root = this.#scope;
    const outer = this.#inside(root, () => {
      for (const node of tree.body) this.#visit(node as AnyNode);
    });
    const references = Int32Array.from(this.#references).sort();
    return {
      source: this.#source,
      lines: new LineTable(this.#source),
      root,
      isModule,
      classes: this.#classes,
      outer,
      isReference: (offset) => has(references, offset),
      returnAt: (offset) => this.#returns.get(offset),
    };
  }

  /** Walks with the scope in force. @returns what it uses and does not declare. */
  #inside(scope: Scope, walk: () => void): Free {
    const outerScope = this.#scope;
    const outerFree = this.#free;
    const used: Free = new Map();
    this.#scope = scope;
    this.#free = used;
    walk();
    this.#scope = outerScope;
    this.#free = outerFree;
    const free: Free = new Map();
    for (const [name, fromInside] of used) {
      if (name === ANY_NAME) for (const binding of scope.bindings.values()) binding.isCaptured = true;
      const own = scope.bindings.get(name);
      if (own !== undefined) own.isCaptured ||= fromInside;
      else free.set(name, fromInside || scope.kind === 'function');
    }
    return free;
  }

  /** Walks over a scope inside of the one in force. */
  #within(kind: Scope['kind'], node: AnyNode, walk: (scope: Scope) => void): void {
    const scope = newScope(kind, node.start, node.end, this.#scope);
    this.#add(
      scope,
      this.#inside(scope, () => walk(scope)),
    );
  }

  #add(scope: Scope, free: Free): void {
    for (const [name, fromInside] of free) this.#free.set(name, this.#free.get(name) === true || fromInside);
    if (scope.kind !== 'block' || scope.bindings.size > 0) {
      scope.parent = this.#scope;
      this.#scope.children.push(scope);
      return;
    }
    // A block without variables is none.
    for (const child of scope.children) {
      child.parent = this.#scope;
      this.#scope.children.push(child);
    }
  }

  #visit(node: AnyNode | null | undefined): void {
    if (!node) return;
    this.#ancestors.push(node);
    this.#visitInside(node);
    this.#ancestors.pop();
  }

  #visitInside(node: AnyNode): void {
    switch (node.type) {
      case 'Identifier':
        this.#refer(node.name, node.start);
        return;
      case 'VariableDeclaration':
        for (const { id } of node.declarations) {
          this.#declare(id as AnyNode, node.kind === 'var' ? functionOf(this.#scope) : this.#scope);
        }
        for (const declarator of node.declarations) this.#visit(declarator);
        return;
      case 'VariableDeclarator':
        this.#visitPattern(node.id as AnyNode);
        this.#visit(node.init);
        return;
      case 'FunctionDeclaration':
        if (node.id) this.#declare(node.id, this.#scope);
        this.#function(node);
        return;
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.#function(node);
        return;
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.#class(node);
        return;
      case 'BlockStatement':
      case 'SwitchStatement':
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
        this.#within('block', node, () => this.#each(node));
        return;
      case 'StaticBlock':
        this.#within('function', node, () => this.#each(node));
        return;
      case 'CatchClause':
        this.#within('catch', node, (scope) => {
          if (node.param) {
            this.#declare(node.param as AnyNode, scope);
            this.#visitPattern(node.param as AnyNode);
          }
          for (const statement of node.body.body) this.#visit(statement as AnyNode);
        });
        return;
      case 'MemberExpression':
        this.#visit(node.object as AnyNode);
        if (node.computed) this.#visit(node.property as AnyNode);
        return;
      case 'Property':
        if (node.computed) this.#visit(node.key as AnyNode);
        this.#visit(node.value as AnyNode);
        return;
      case 'MethodDefinition':
        if (node.computed) this.#visit(node.key as AnyNode);
        this.#visit(node.value as AnyNode);
        return;
      case 'PropertyDefinition':
        if (node.computed) this.#visit(node.key as AnyNode);
        // A value is computed in a function of its own.
        if (node.value) this.#within('function', node.value as AnyNode, () => this.#visit(node.value as AnyNode));
        return;
      case 'ImportDeclaration':
        for (const { local } of node.specifiers) this.#declare(local, this.#scope);
        return;
      case 'ExportNamedDeclaration':
        if (node.declaration) this.#visit(node.declaration as AnyNode);
        else if (!node.source) for (const { local } of node.specifiers) this.#visit(local as AnyNode);
        return;
      case 'ReturnStatement':
        this.#returns.set(node.end, node.start);
        this.#each(node);
        return;
      case 'LabeledStatement':
        this.#visit(node.body as AnyNode);
        return;
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'MetaProperty':
      case 'ExportAllDeclaration':
        return;
      case 'CallExpression':
        if (node.callee.type === 'Identifier' && node.callee.name === 'eval') this.#free.set(ANY_NAME, true);
        this.#each(node);
        return;
      case 'WithStatement':
        this.#free.set(ANY_NAME, true);
        this.#each(node);
        return;
      default:
        this.#each(node);
    }
  }

  #each(node: AnyNode): void {
    for (const [key, value] of Object.entries(node)) {
      if (SKIPPED.has(key) || typeof value !== 'object' || value === null) continue;
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) this.#visit(child);
    }
  }

  #refer(name: string, offset: number): void {
    if (!this.#free.has(name)) this.#free.set(name, false);
    this.#references.push(offset);
  }

  #declare(pattern: AnyNode, scope: Scope): void {
    for (const { name, start } of namesIn(pattern)) {
      if (scope === this.#body) {
        scope.inBody ??= new Set();
        scope.inBody.add(name);
      }
      if (!scope.bindings.has(name)) scope.bindings.set(name, { name, offset: start, scope, isCaptured: false });
    }
  }

  /** The names of a pattern are declared; its defaults and computed keys are code. */
  #visitPattern(pattern: AnyNode): void {
    switch (pattern.type) {
      case 'AssignmentPattern':
        this.#visitPattern(pattern.left as AnyNode);
        this.#visit(pattern.right as AnyNode);
        return;
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          if (property.type === 'RestElement') continue;
          if (property.computed) this.#visit(property.key as AnyNode);
          this.#visitPattern(property.value as AnyNode);
        }
        return;
      case 'ArrayPattern':
        for (const element of pattern.elements) if (element) this.#visitPattern(element as AnyNode);
    }
  }

  #function(node: FunctionNode): void {
    const finished = this.#finished.get(node);
    if (finished === undefined) return;
    finished.scope.named = nameOf(node, this.#ancestors);
    this.#add(finished.scope, finished.free);
  }

  #insideFunction(node: FunctionNode, scope: Scope): void {
    for (const parameter of node.params) this.#declare(parameter as AnyNode, scope);
    if (node.type === 'FunctionExpression' && node.id) this.#declare(node.id, scope);
    for (const parameter of node.params) this.#visitPattern(parameter as AnyNode);
    if (node.body.type !== 'BlockStatement') {
      this.#returns.set(node.end, node.start);
      this.#visit(node.body as AnyNode);
      return;
    }
    this.#returns.set(node.body.end - 1, node.start);
    this.#ancestors.push(node.body);
    this.#body = node.params.every(({ type }) => type === 'Identifier') ? undefined : scope;
    for (const statement of node.body.body) this.#visit(statement as AnyNode);
    this.#body = undefined;
    this.#ancestors.pop();
  }

  #class(node: Extract<AnyNode, { type: 'ClassDeclaration' | 'ClassExpression' }>): void {
    if (node.type === 'ClassDeclaration' && node.id) this.#declare(node.id, this.#scope);
    const privates: PrivateMember[] = [];
    for (const member of node.body.body) {
      if (member.type !== 'PropertyDefinition' && member.type !== 'MethodDefinition') continue;
      const { key } = member;
      const isField = member.type === 'PropertyDefinition';
      if (key.type !== 'PrivateIdentifier' || (!isField && member.kind !== 'method')) continue;
      privates.push({ name: key.name, offset: key.start, isField });
    }
    if (privates.length > 0) this.#classes.push({ start: node.body.start, end: node.body.end, privates });
    this.#visit(node.superClass as AnyNode | null);
    this.#within('block', node, (scope) => {
      if (node.id) this.#declare(node.id, scope);
      this.#visit(node.body);
    });
  }
}

/** What a function is called by itself or by what it is given to. */
function nameOf(node: FunctionNode, ancestors: AnyNode[]): Scope['named'] {
  const path = namesOf(node, ancestors).find(({ isWrapped }) => !isWrapped)?.path;
  const name = path?.at(-1);
  const kind = ancestors.at(-2)?.type;
  return name && { owner: path?.at(-2), name, isMember: kind === 'MethodDefinition' || kind === 'PropertyDefinition' };
}

function newScope(kind: Scope['kind'], start: number, end: number, parent: Scope | undefined): Scope {
  return { kind, start, end, parent, bindings: new Map(), children: [] };
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** The variables that a pattern declares. */
function namesIn(pattern: AnyNode): { name: string; start: number }[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern];
    case 'AssignmentPattern':
      return namesIn(pattern.left as AnyNode);
    case 'RestElement':
      return namesIn(pattern.argument as AnyNode);
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? namesIn(element as AnyNode) : []));
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        namesIn((property.type === 'RestElement' ? property.argument : property.value) as AnyNode),
      );
    default:
      return [];
  }
}

function has(sorted: Int32Array, wanted: number): boolean {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle] ?? 0;
    if (value === wanted) return true;
    if (value < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
