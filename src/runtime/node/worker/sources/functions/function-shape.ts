import type { AnyNode } from 'acorn';
import type { ScriptAnalysis } from '../analysis/analyze-script.ts';
import { functionScope } from '../analysis/function-tree.ts';
import { scopesAt } from '../analysis/scope-lookup.ts';
import { FunctionScope, type Scope } from '../analysis/scopes.ts';
import { caughtIn } from '../syntax/caught-ranges.ts';
import type { FunctionNode, Range } from '../syntax/nodes.ts';
import { visitOwnCode } from '../syntax/own-code.ts';

/** What a probe on a function has to know of its source. Offsets into it. */
export interface FunctionShape extends Range {
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
  readonly isConstructor: boolean;
  readonly body: Range;
  /** Whether the body is an expression, as in `order => order.total`. */
  readonly isExpression: boolean;
  /** Functions inside of it, which have returns of their own. */
  readonly inner: readonly Range[];
  /** Ranges in which an exception stays in the function. */
  readonly held: readonly Range[];
  /** What tells one activation from another for as long as it lasts: `this`, and parameters that nothing assigns or hides. */
  readonly keys: readonly string[];
  readonly returns: readonly Return[];
  /** Where its `throw` statements begin. */
  readonly throws: readonly number[];
}

export interface Return extends Range {
  /** An expression without side effects that gives the returned value a second time; absent where only V8 has the value. */
  readonly value?: string;
  /** Whether V8 does not stop behind it with its result: a `finally` or the end of an iteration comes in between, or another function ends there. */
  readonly isDeferred: boolean;
}

/** Most members of an expression that is read a second time: `order.total` has one. */
const MAX_PATH = 4;

/** What is around a function and matters for its shape. */
export interface FunctionContext {
  readonly isConstructor: boolean;
  /** Of constructors: whether there is no `this` before `super()`. */
  readonly isDerived: boolean;
  /** Whether V8 ends the function around it at the same place: the one that sets the fields of a class, or one that returns this function. */
  readonly endsWithOuter: boolean;
}

/** @param node of a function of the script that was analyzed. */
export function shapeOf(
  node: FunctionNode,
  { isConstructor, isDerived, endsWithOuter }: FunctionContext,
  analysis: ScriptAnalysis,
): FunctionShape {
  const { source } = analysis;
  const scope = functionScope(analysis, node);
  const returns: Return[] = [];
  const throws: number[] = [];
  const inner = visitOwnCode(node, (one, around) => {
    if (one.type === 'ThrowStatement') throws.push(one.start);
    if (one.type === 'ReturnStatement') {
      const isDeferred = around.some((outer, index) => isBeforeEnding(outer, around[index + 1] ?? one));
      returns.push({
        start: one.start,
        end: one.end,
        value: returnedBy(one, isConstructor, source, isDeferred ? new Set() : namesLeftAt(one.start, scope, analysis)),
        isDeferred,
      });
    }
  });
  if (node.body.type !== 'BlockStatement') {
    const { start, end } = node.body;
    returns.push({ start, end, value: rereadable(node.body, source), isDeferred: endsWithOuter });
  } else {
    // The end of the body, which is where its brace is.
    const end = node.body.end - 1;
    returns.push({ start: end, end, value: isConstructor ? 'this' : 'undefined', isDeferred: false });
  }
  return {
    start: node.start,
    end: node.end,
    isAsync: node.async,
    isGenerator: node.generator,
    isConstructor,
    body: { start: node.body.start, end: node.body.end },
    isExpression: node.body.type !== 'BlockStatement',
    inner,
    held: caughtIn(node),
    keys: [...(node.type === 'ArrowFunctionExpression' || isDerived ? [] : ['this']), ...steadyParameters(scope)],
    returns,
    throws,
  };
}

/** Whether `node` runs more code after a `return` in `inside`: a `finally`, closing an iterator, or disposing of a variable. */
function isBeforeEnding(node: AnyNode, inside: AnyNode): boolean {
  if (node.type === 'ForOfStatement') return node.body === inside;
  if (node.type === 'BlockStatement') return node.body.some(disposes);
  return node.type === 'TryStatement' && Boolean(node.finalizer) && node.finalizer !== inside;
}

/** `using file = open()` closes it at the end of its block. */
function disposes(node: AnyNode): boolean {
  return node.type === 'VariableDeclaration' && (node.kind === 'using' || node.kind === 'await using');
}

/** @param left names of the variables whose scope V8 has left where the function returns. */
function returnedBy(
  { argument }: { readonly argument?: AnyNode | null },
  isConstructor: boolean,
  source: string,
  left: ReadonlySet<string>,
): string | undefined {
  if (!argument) return isConstructor ? 'this' : 'undefined';
  // What a constructor returns counts only if it is an object.
  return isConstructor ? undefined : rereadable(argument, source, left);
}

function rereadable(node: AnyNode, source: string, left: ReadonlySet<string> = new Set()): string | undefined {
  let inner = node;
  for (let depth = 0; inner.type === 'MemberExpression' && !inner.computed && !inner.optional; depth++) {
    if (depth === MAX_PATH || inner.property.type !== 'Identifier') return undefined;
    inner = inner.object;
  }
  const isPlain =
    inner.type === 'ThisExpression' ||
    (inner.type === 'Identifier' && inner.name !== 'arguments' && !left.has(inner.name)) ||
    (inner.type === 'Literal' && inner === node && !('regex' in inner));
  return isPlain ? source.slice(node.start, node.end) : undefined;
}

/** The parameters that nothing assigns, and that no block of the function hides. */
function steadyParameters(scope: FunctionScope | undefined): string[] {
  const parameters = (scope?.variables ?? []).filter(
    ({ kind, isDeclaredAgain, isWritten }) => kind === 'parameter' && !isDeclaredAgain && !isWritten,
  );
  return parameters.map(({ name }) => name).filter((name) => scope !== undefined && !isHidden(name, scope));
}

function isHidden(name: string, scope: Scope): boolean {
  return scope.children.some(
    (child) => !(child instanceof FunctionScope) && (child.get(name) !== undefined || isHidden(name, child)),
  );
}

/** Names that V8 does not know any more where the function returns: those of blocks, and of a body that is a scope of its own. */
function namesLeftAt(offset: number, scope: FunctionScope | undefined, { root }: ScriptAnalysis): ReadonlySet<string> {
  const names = new Set<string>(scope?.inBody);
  for (const around of scopesAt(root, offset)) {
    if (around instanceof FunctionScope) break;
    for (const { name } of around.variables) names.add(name);
  }
  return names;
}
