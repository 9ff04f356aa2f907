import type { AnyNode, Identifier, Pattern } from 'acorn';

export type BindingKind = 'const' | 'let' | 'var' | 'function' | 'class' | 'parameter' | 'catch' | 'import' | 'outer';

/** One name that a scope declares. */
export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  /** Declarations, and assignments that are none. */
  declarations: number;
  writes: number;
  /** For an import: where it comes from, and under which name (`default` and `*` included). */
  readonly imported?: { readonly from: string; readonly name: string };
}

/** A region of the text in which names are declared. Offsets count UTF-16 units. */
export interface Scope {
  readonly start: number;
  readonly end: number;
  readonly isFunction: boolean;
  readonly isStrict: boolean;
  readonly parent: Scope | undefined;
  readonly children: Scope[];
  readonly bindings: Map<string, Binding>;
  /** A direct call of eval may assign every variable that it sees. */
  hasEval: boolean;
  /** `arguments` may assign parameters, but in strict code. */
  usesArguments: boolean;
}

export interface ScopeAnalysis {
  readonly root: Scope;
  /** What an identifier of the tree stands for; absent when no scope of the tree declares it. */
  readonly bindingOf: ReadonlyMap<Identifier, Binding>;
  /** Names that no scope of the tree declares. */
  readonly free: ReadonlySet<string>;
}

interface Reference {
  readonly node: Identifier;
  readonly scope: Scope;
  readonly isWrite: boolean;
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node).flatMap((member) =>
    Array.isArray(member) ? member.filter(isNode) : isNode(member) ? [member] : [],
  );
}

function isStrictBody(body: readonly AnyNode[]): boolean {
  for (const statement of body) {
    if (statement.type !== 'ExpressionStatement' || statement.expression.type !== 'Literal') return false;
    if ('directive' in statement && statement.directive === 'use strict') return true;
  }
  return false;
}

class Analyzer {
  readonly references: Reference[] = [];
  readonly #arrows = new Set<Scope>();
  #loops = 0;

  scope(node: AnyNode, parent: Scope | undefined, isFunction = false, isStrict = parent?.isStrict ?? false): Scope {
    const { start, end } = node;
    const made: Scope = {
      ...{ start, end, isFunction, isStrict, parent, children: [], bindings: new Map() },
      hasEval: false,
      usesArguments: false,
    };
    parent?.children.push(made);
    return made;
  }

  declare(scope: Scope, name: string, kind: BindingKind, imported?: Binding['imported']): void {
    let holder = scope;
    if (kind === 'var') while (!holder.isFunction && holder.parent) holder = holder.parent;
    const known = holder.bindings.get(name);
    // A `var` in a loop is initialized many times over.
    const again = kind === 'var' && this.#loops > 0 ? 1 : 0;
    if (known) {
      known.declarations++;
      known.writes += again;
    } else {
      holder.bindings.set(name, { name, kind, declarations: 1, writes: again, imported });
    }
  }

  /** Names of a pattern that declares; defaults and computed keys are ordinary expressions. */
  pattern(pattern: Pattern, scope: Scope, kind: BindingKind | undefined): void {
    switch (pattern.type) {
      case 'Identifier':
        if (kind === undefined) this.references.push({ node: pattern, scope, isWrite: true });
        else {
          this.declare(scope, pattern.name, kind);
          this.references.push({ node: pattern, scope, isWrite: false });
        }
        return;
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          if (property.type === 'RestElement') this.pattern(property.argument, scope, kind);
          else {
            if (property.computed) this.visit(property.key, scope);
            this.pattern(property.value, scope, kind);
          }
        }
        return;
      case 'ArrayPattern':
        for (const element of pattern.elements) if (element) this.pattern(element, scope, kind);
        return;
      case 'RestElement':
        this.pattern(pattern.argument, scope, kind);
        return;
      case 'AssignmentPattern':
        this.pattern(pattern.left, scope, kind);
        this.visit(pattern.right, scope);
        return;
      default:
        this.visit(pattern, scope);
    }
  }

  all(nodes: readonly (AnyNode | null | undefined)[], scope: Scope): void {
    for (const node of nodes) if (node) this.visit(node, scope);
  }

  /** Declarations of a block hold from its start on. */
  #hoist(body: readonly AnyNode[], scope: Scope): void {
    for (const statement of body) {
      const declared =
        statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration'
          ? statement.declaration
          : statement;
      if (declared?.type === 'FunctionDeclaration' && declared.id) {
        this.declare(scope, declared.id.name, 'function');
        // Sloppy code assigns it to a variable of the function too, when it gets there.
        if (!scope.isFunction && !scope.isStrict) {
          this.declare(scope, declared.id.name, 'var');
          this.declare(scope, declared.id.name, 'var');
        }
      } else if (declared?.type === 'ClassDeclaration' && declared.id) this.declare(scope, declared.id.name, 'class');
    }
  }

  #function(
    node: AnyNode & { type: 'FunctionExpression' | 'FunctionDeclaration' | 'ArrowFunctionExpression' },
    outer: Scope,
  ): void {
    const isStrict = outer.isStrict || (node.body.type === 'BlockStatement' && isStrictBody(node.body.body));
    let around = outer;
    if (node.type === 'FunctionExpression' && node.id) {
      around = this.scope(node, outer);
      this.declare(around, node.id.name, 'const');
    }
    const scope = this.scope(node, around, true, isStrict);
    if (node.type === 'ArrowFunctionExpression') this.#arrows.add(scope);
    const loops = this.#loops;
    this.#loops = 0;
    for (const parameter of node.params) this.pattern(parameter, scope, 'parameter');
    if (node.body.type === 'BlockStatement') {
      this.#hoist(node.body.body, scope);
      this.all(node.body.body, scope);
    } else this.visit(node.body, scope);
    this.#loops = loops;
  }

  #class(node: AnyNode & { type: 'ClassDeclaration' | 'ClassExpression' }, outer: Scope): void {
    const scope = this.scope(node, outer, false, true);
    if (node.id) this.declare(scope, node.id.name, 'const');
    if (node.superClass) this.visit(node.superClass, scope);
    for (const member of node.body.body) {
      if (member.type === 'StaticBlock') {
        const block = this.scope(member, scope, true);
        this.#hoist(member.body, block);
        this.all(member.body, block);
        continue;
      }
      if (member.computed) this.visit(member.key, scope);
      if (member.type === 'MethodDefinition') this.visit(member.value, scope);
      // An initializer runs for each object.
      else if (member.value) this.visit(member.value, this.scope(member.value, scope, true));
    }
  }

  #loop(node: AnyNode, scope: Scope, parts: readonly (AnyNode | null | undefined)[]): void {
    this.#loops++;
    this.all(
      parts,
      node.type === 'WhileStatement' || node.type === 'DoWhileStatement' ? scope : this.scope(node, scope),
    );
    this.#loops--;
  }

  program(body: readonly AnyNode[], scope: Scope): void {
    this.#hoist(body, scope);
    this.all(body, scope);
  }

  /** Arrow functions share the arguments of the function around them. */
  #usesArguments(scope: Scope): void {
    for (let seen: Scope | undefined = scope; seen; seen = seen.parent) {
      seen.usesArguments = true;
      if (seen.isFunction && !this.#arrows.has(seen)) return;
    }
  }

  visit(node: AnyNode, scope: Scope): void {
    switch (node.type) {
      case 'Identifier':
        this.references.push({ node, scope, isWrite: false });
        if (node.name === 'arguments') this.#usesArguments(scope);
        return;
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.#function(node, scope);
        return;
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.#class(node, scope);
        return;
      case 'VariableDeclaration': {
        const kind = node.kind === 'var' || node.kind === 'let' ? node.kind : 'const';
        for (const { id, init } of node.declarations) {
          this.pattern(id, scope, kind);
          if (init) this.visit(init, scope);
        }
        return;
      }
      case 'BlockStatement': {
        const block = this.scope(node, scope);
        this.#hoist(node.body, block);
        this.all(node.body, block);
        return;
      }
      case 'SwitchStatement': {
        this.visit(node.discriminant, scope);
        const block = this.scope(node, scope);
        this.#hoist(
          node.cases.flatMap(({ consequent }) => consequent),
          block,
        );
        for (const { test, consequent } of node.cases) this.all([test, ...consequent], block);
        return;
      }
      case 'ForStatement': {
        const head = this.scope(node, scope);
        if (node.init) this.visit(node.init, head);
        this.#loop(node, head, [node.test, node.update, node.body]);
        return;
      }
      case 'ForInStatement':
      case 'ForOfStatement': {
        const head = this.scope(node, scope);
        this.#loops++;
        if (node.left.type === 'VariableDeclaration') this.visit(node.left, head);
        else this.pattern(node.left, head, undefined);
        this.all([node.right, node.body], head);
        this.#loops--;
        return;
      }
      case 'WhileStatement':
      case 'DoWhileStatement':
        this.#loop(node, scope, [node.test, node.body]);
        return;
      case 'CatchClause': {
        const clause = this.scope(node, scope);
        if (node.param) this.pattern(node.param, clause, 'catch');
        this.visit(node.body, clause);
        return;
      }
      case 'AssignmentExpression':
        this.pattern(node.left, scope, undefined);
        this.visit(node.right, scope);
        return;
      case 'UpdateExpression':
        if (node.argument.type === 'Identifier') this.references.push({ node: node.argument, scope, isWrite: true });
        else this.visit(node.argument, scope);
        return;
      case 'CallExpression':
        if (node.callee.type === 'Identifier' && node.callee.name === 'eval') {
          for (let seen: Scope | undefined = scope; seen; seen = seen.parent) seen.hasEval = true;
        }
        this.all([node.callee, ...node.arguments], scope);
        return;
      case 'MemberExpression':
        this.visit(node.object, scope);
        if (node.computed) this.visit(node.property, scope);
        return;
      case 'Property':
        if (node.computed) this.visit(node.key, scope);
        this.visit(node.value, scope);
        return;
      case 'LabeledStatement':
        this.visit(node.body, scope);
        return;
      case 'ImportDeclaration':
        for (const specifier of node.specifiers) {
          const name =
            specifier.type === 'ImportDefaultSpecifier'
              ? 'default'
              : specifier.type === 'ImportNamespaceSpecifier'
                ? '*'
                : specifier.imported.type === 'Identifier'
                  ? specifier.imported.name
                  : String(specifier.imported.value);
          this.declare(scope, specifier.local.name, 'import', { from: String(node.source.value), name });
        }
        return;
      case 'ExportNamedDeclaration':
      case 'ExportDefaultDeclaration':
        if (node.declaration) this.visit(node.declaration, scope);
        return;
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'ExportAllDeclaration':
      case 'MetaProperty':
      case 'PrivateIdentifier':
        return;
      default:
        this.all(childrenOf(node), scope);
    }
  }
}

/** The innermost scope's binding of a name. */
export function findBinding(
  name: string,
  from: Scope | undefined,
): { readonly binding: Binding; readonly scope: Scope } | undefined {
  for (let scope = from; scope; scope = scope.parent) {
    const binding = scope.bindings.get(name);
    if (binding) return { binding, scope };
  }
  return undefined;
}

/** Whether a variable keeps its first value for as long as it lives. An import does when its module says so. */
export function isConstant(binding: Binding, scope: Scope): boolean {
  if (binding.kind === 'const' || binding.kind === 'import') return true;
  if (binding.declarations !== 1 || binding.writes > 0 || scope.hasEval) return false;
  return binding.kind !== 'parameter' || scope.isStrict || !scope.usesArguments;
}

/** The innermost scope around an offset. */
export function scopeAt(root: Scope, offset: number): Scope {
  const inner = root.children.findLast(({ start, end }) => start <= offset && offset < end);
  return inner === undefined ? root : scopeAt(inner, offset);
}

/**
 * Which variable each name of a tree stands for, and which variables are ever assigned. Where the language is ambiguous
 * (functions in blocks of sloppy code), a variable counts as assigned.
 * @param outer names that are declared around the tree, such as `require` around a CommonJS module.
 */
export function analyzeScopes(tree: AnyNode, outer: readonly string[] = []): ScopeAnalysis {
  const analyzer = new Analyzer();
  const isModule = tree.type === 'Program' && tree.sourceType === 'module';
  const isStrict = isModule || (tree.type === 'Program' && isStrictBody(tree.body));
  const root = analyzer.scope(tree, undefined, true, isStrict);
  for (const name of outer) analyzer.declare(root, name, 'outer');
  if (tree.type === 'Program') {
    // A module's own declaration hides the one around it.
    const inner = analyzer.scope(tree, root, true, isStrict);
    analyzer.program(tree.body, inner);
  } else analyzer.visit(tree, root);
  const bindingOf = new Map<Identifier, Binding>();
  const free = new Set<string>();
  for (const { node, scope, isWrite } of analyzer.references) {
    const found = findBinding(node.name, scope);
    if (found === undefined) {
      free.add(node.name);
      continue;
    }
    bindingOf.set(node, found.binding);
    if (isWrite) found.binding.writes++;
  }
  return { root, bindingOf, free };
}
