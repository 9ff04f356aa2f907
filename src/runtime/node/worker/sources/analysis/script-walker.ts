import type { AnyNode, Program } from 'acorn';
import { FunctionSite } from '../functions/function-site.ts';
import { caughtBy } from '../syntax/caught-ranges.ts';
import {
  type ClassNode,
  type FunctionNode,
  hasConstructor,
  hasSimpleParameters,
  hasStrictDirective,
  identifiersIn,
  isNode,
  type Range,
} from '../syntax/nodes.ts';
import { importedBy } from './module-imports.ts';
import { OffsetMap } from './offset-lists.ts';
import { type ClassSite, privateMembersOf } from './private-members.ts';
import { type FreeNames, type OnName, type OuterName, outerNames, ScopeBuilder } from './scope-builder.ts';
import type { BindingKind } from './scopes.ts';
import { FunctionScope, Scope } from './scopes.ts';

/** A function that has been walked over. */
interface Finished {
  readonly scope: FunctionScope;
  readonly free: FreeNames;
  /** The functions directly inside of it. */
  readonly sites: readonly FunctionSite[];
}

/** The function, or the script, that is being walked over. */
interface Frame {
  /** From the function to the node at hand. */
  readonly ancestors: AnyNode[];
  readonly sites: FunctionSite[];
  /** Undefined in fields and static blocks, which V8 makes functions of their own. */
  caught: Range[] | undefined;
  isStrict: boolean;
  /** How many loops of the function are around the node. */
  loops: number;
  /** Where its last `return` ends. */
  returnEnd: number;
}

function newFrame(isStrict: boolean): Frame {
  return { ancestors: [], sites: [], caught: [], isStrict, loops: 0, returnEnd: -1 };
}

const SKIPPED = new Set(['type', 'start', 'end', 'loc', 'range', 'sourceType', 'raw', 'regex', 'bigint', 'operator']);

/**
 * Walks over a tree once for all that is asked of it: scopes and variables, functions and their names, private members, where returns are,
 * and where exceptions stay. While a script is being parsed, each function is finished as soon as it is read, so that its tree need not be
 * kept; a function that was not finished before is walked over when the walk comes to it.
 */
export class ScriptWalker {
  readonly scopes: ScopeBuilder;
  readonly functions: FunctionSite[] = [];
  readonly classes: ClassSite[] = [];
  /**
   * By the offset that V8 shows: where the `return` begins, or the function whose end it is. Of two functions that end at one offset the
   * outer one counts, and before a function's end its own `return`.
   */
  readonly returns = new OffsetMap();
  readonly #finished = new WeakMap<FunctionNode, Finished>();
  #frame: Frame;

  constructor(root: FunctionScope, onName?: OnName) {
    this.scopes = new ScopeBuilder(root, onName);
    this.#frame = newFrame(root.isStrict);
  }

  /** Walks over a function. @param isStrict whether the code around it is. */
  finish(node: FunctionNode, isStrict: boolean): Finished {
    const outer = this.#frame;
    const frame = newFrame(isStrict || (node.body.type === 'BlockStatement' && hasStrictDirective(node.body.body)));
    this.#frame = frame;
    const isArrow = node.type === 'ArrowFunctionExpression';
    const scope = new FunctionScope('function', node, { isArrow, isStrict: frame.isStrict });
    const free = this.scopes.inside(scope, () => this.#around(node, () => this.#insideFunction(node, scope)));
    this.#frame = outer;
    scope.caught = frame.caught ?? [];
    const finished = { scope, free, sites: frame.sites };
    this.#finished.set(node, finished);
    return finished;
  }

  /** Walks over what is outside of all functions. @returns the names that nothing declares. */
  finishScript(tree: Program | FunctionNode, isStrict = false): ReadonlyMap<string, OuterName> {
    const { root } = this.scopes;
    this.#frame.isStrict ||= isStrict;
    const free = this.scopes.inside(root, () => {
      if (tree.type !== 'Program') this.#visit(tree);
      else
        this.#around(tree, () => {
          for (const node of tree.body) this.#visit(node);
        });
    });
    root.caught = this.#frame.caught ?? [];
    this.scopes.references.finish();
    this.returns.finish();
    this.functions.sort((a, b) => a.start - b.start || b.end - a.end);
    return outerNames(free);
  }

  #around(node: AnyNode, walk: () => void): void {
    const { ancestors } = this.#frame;
    ancestors.push(node);
    walk();
    ancestors.pop();
  }

  #visit(node: AnyNode | null | undefined): void {
    if (!node) return;
    const { ancestors } = this.#frame;
    ancestors.push(node);
    this.#visitInside(node);
    ancestors.pop();
  }

  #visitInside(node: AnyNode): void {
    switch (node.type) {
      case 'Identifier':
        this.scopes.refer(node, false);
        return;
      case 'VariableDeclaration':
        for (const { id } of node.declarations) this.#declare(id, kindOf(node.kind));
        for (const declarator of node.declarations) this.#visit(declarator);
        return;
      case 'VariableDeclarator':
        this.#visitPattern(node.id);
        this.#visit(node.init);
        return;
      case 'FunctionDeclaration':
        if (node.id) this.scopes.declareFunction(node.id, this.#frame.isStrict);
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
        this.scopes.within(new Scope('block', node, undefined), () => this.#each(node));
        return;
      case 'ForStatement':
        this.scopes.within(new Scope('block', node, undefined), () => {
          this.#visit(node.init);
          this.#repeatedly([node.test, node.update, node.body]);
        });
        return;
      case 'ForInStatement':
      case 'ForOfStatement':
        this.scopes.within(new Scope('block', node, undefined), () => {
          this.#frame.loops++;
          if (node.left.type === 'VariableDeclaration') this.#visit(node.left);
          else this.#visitTarget(node.left);
          this.#visit(node.right);
          this.#visit(node.body);
          this.#frame.loops--;
        });
        return;
      case 'WhileStatement':
      case 'DoWhileStatement':
        this.#repeatedly([node.test, node.body]);
        return;
      case 'IfStatement':
        this.#each(node);
        // Sloppy code may have a function there, which is a variable that is assigned when the branch is taken.
        for (const branch of [node.consequent, node.alternate]) {
          if (branch?.type === 'FunctionDeclaration') this.scopes.scope.get(branch.id.name)?.write();
        }
        return;
      case 'StaticBlock':
        this.#asFunction(node, () => this.#each(node));
        return;
      case 'CatchClause':
        this.scopes.within(new Scope('catch', node, undefined), () => {
          if (node.param) {
            this.#declare(node.param, 'catch');
            this.#visitPattern(node.param);
          }
          for (const statement of node.body.body) this.#visit(statement);
        });
        return;
      case 'TryStatement':
      case 'NewExpression':
        this.#catch(node);
        this.#each(node);
        return;
      case 'CallExpression':
        if (node.callee.type === 'Identifier' && node.callee.name === 'eval') this.scopes.referToAny(true);
        this.#catch(node);
        this.#each(node);
        return;
      case 'AssignmentExpression':
        this.#visitTarget(node.left);
        this.#visit(node.right);
        return;
      case 'UpdateExpression':
        this.#visitTarget(node.argument);
        return;
      case 'MemberExpression':
        this.#visit(node.object);
        if (node.computed) this.#visit(node.property);
        return;
      case 'Property':
      case 'MethodDefinition':
        if (node.computed) this.#visit(node.key);
        this.#visit(node.value);
        return;
      case 'PropertyDefinition':
        if (node.computed) this.#visit(node.key);
        // A value is computed in a function of its own, for each object.
        if (node.value) this.#asFunction(node.value, () => this.#visit(node.value));
        return;
      case 'ImportDeclaration':
        for (const specifier of node.specifiers)
          this.scopes.declareImport(specifier.local, importedBy(specifier, node));
        return;
      case 'ExportNamedDeclaration':
        if (node.declaration) this.#visit(node.declaration);
        else if (!node.source) for (const { local } of node.specifiers) this.#visit(local);
        return;
      case 'ReturnStatement':
        this.returns.set(node.end, node.start);
        this.#frame.returnEnd = node.end;
        this.#each(node);
        return;
      case 'LabeledStatement':
        this.#visit(node.body);
        return;
      case 'WithStatement':
        this.scopes.referToAny(false);
        this.#each(node);
        return;
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'MetaProperty':
      case 'ExportAllDeclaration':
        return;
      default:
        this.#each(node);
    }
  }

  #each(node: AnyNode): void {
    for (const key in node) {
      if (SKIPPED.has(key)) continue;
      const value: unknown = node[key as keyof AnyNode];
      if (Array.isArray(value)) {
        for (const child of value) if (isNode(child)) this.#visit(child);
      } else if (isNode(value)) this.#visit(value);
    }
  }

  #catch(node: AnyNode): void {
    for (const range of caughtBy(node)) this.#frame.caught?.push(range);
  }

  #repeatedly(nodes: readonly (AnyNode | null | undefined)[]): void {
    this.#frame.loops++;
    for (const node of nodes) this.#visit(node);
    this.#frame.loops--;
  }

  #declare(pattern: AnyNode, kind: BindingKind): void {
    for (const node of identifiersIn(pattern)) this.scopes.declarePart(node, kind, this.#frame.loops > 0);
  }

  /** The names of a pattern are declared; its defaults and computed keys are code. */
  #visitPattern(pattern: AnyNode): void {
    this.#around(pattern, () => {
      switch (pattern.type) {
        case 'AssignmentPattern':
          this.#visitPattern(pattern.left);
          this.#visit(pattern.right);
          return;
        case 'ObjectPattern':
          for (const property of pattern.properties) {
            if (property.type === 'RestElement') continue;
            if (property.computed) this.#visit(property.key);
            this.#visitPattern(property.value);
          }
          return;
        case 'ArrayPattern':
          for (const element of pattern.elements) if (element) this.#visitPattern(element);
          return;
        case 'RestElement':
          this.#visitPattern(pattern.argument);
      }
    });
  }

  /** Visits what an assignment assigns. */
  #visitTarget(target: AnyNode): void {
    switch (target.type) {
      case 'Identifier':
        this.scopes.refer(target, true);
        return;
      case 'ParenthesizedExpression':
        this.#visitTarget(target.expression);
        return;
      case 'AssignmentPattern':
        this.#around(target, () => {
          this.#visitTarget(target.left);
          this.#visit(target.right);
        });
        return;
      case 'ObjectPattern':
        for (const property of target.properties) {
          if (property.type === 'RestElement') this.#visitTarget(property.argument);
          else {
            if (property.computed) this.#visit(property.key);
            this.#visitTarget(property.value);
          }
        }
        return;
      case 'ArrayPattern':
        for (const element of target.elements) if (element) this.#visitTarget(element);
        return;
      case 'RestElement':
        this.#visitTarget(target.argument);
        return;
      default:
        this.#visit(target);
    }
  }

  /** Walks over the value of a field, or a static block, which V8 makes a function of its own. */
  #asFunction(range: Range, walk: () => void): void {
    const frame = this.#frame;
    const { caught } = frame;
    frame.caught = undefined;
    this.scopes.within(new FunctionScope('function', range, { isStrict: true }), walk);
    frame.caught = caught;
  }

  #function(node: FunctionNode): void {
    const { scope, free, sites } = this.#finished.get(node) ?? this.finish(node, this.#frame.isStrict);
    scope.site = this.#list(node, sites);
    this.scopes.add(scope, free);
  }

  #list(node: FunctionNode | ClassNode, inside: readonly FunctionSite[]): FunctionSite {
    const site = new FunctionSite(node, this.#frame.ancestors, inside);
    this.#frame.sites.push(site);
    this.functions.push(site);
    return site;
  }

  #insideFunction(node: FunctionNode, scope: FunctionScope): void {
    for (const parameter of node.params) this.#declare(parameter, 'parameter');
    if (node.type === 'FunctionExpression' && node.id && scope.get(node.id.name) === undefined) {
      this.scopes.declare(node.id, 'self');
    }
    for (const parameter of node.params) this.#visitPattern(parameter);
    const { body } = node;
    if (body.type !== 'BlockStatement') {
      this.returns.set(node.end, node.start);
      this.#visit(body);
      return;
    }
    if (!hasSimpleParameters(node)) scope.beginBody();
    this.#around(body, () => {
      for (const statement of body.body) this.#visit(statement);
    });
    if (this.#frame.returnEnd !== body.end - 1) this.returns.set(body.end - 1, node.start);
  }

  #class(node: ClassNode): void {
    if (node.type === 'ClassDeclaration' && node.id) this.scopes.declare(node.id, 'class');
    const privates = privateMembersOf(node);
    if (privates.length > 0) this.classes.push({ start: node.body.start, end: node.body.end, privates });
    if (!hasConstructor(node)) this.#list(node, []);
    this.#visit(node.superClass);
    const frame = this.#frame;
    const { isStrict } = frame;
    frame.isStrict = true;
    this.scopes.within(new Scope('block', node, undefined), () => {
      if (node.id) this.scopes.declare(node.id, 'const');
      this.#visit(node.body);
    });
    frame.isStrict = isStrict;
  }
}

function kindOf(kind: string): BindingKind {
  return kind === 'var' || kind === 'let' ? kind : 'const';
}
