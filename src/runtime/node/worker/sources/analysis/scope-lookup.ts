import { isIn } from '../syntax/nodes.ts';
import { Binding, FunctionScope, type Scope } from './scopes.ts';

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
