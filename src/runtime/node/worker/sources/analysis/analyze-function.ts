import type { Identifier } from 'acorn';
import type { FunctionNode } from '../syntax/nodes.ts';
import { findBinding } from './scope-lookup.ts';
import type { Binding } from './scopes.ts';
import { FunctionScope, type Scope } from './scopes.ts';
import { ScriptWalker } from './script-walker.ts';

/** What the names in the tree of one function stand for. */
export interface FunctionBindings {
  /** Absent for an identifier that nothing in the function declares. */
  readonly bindingOf: ReadonlyMap<Identifier, Binding>;
  /** Names that nothing in the function declares. */
  readonly free: ReadonlySet<string>;
}

/** Which variable each name of a function stands for, and which of its variables are ever assigned. */
export function analyzeFunction(node: FunctionNode): FunctionBindings {
  const names: [Identifier, Scope][] = [];
  const walker = new ScriptWalker(new FunctionScope('root', node), (name, scope) => names.push([name, scope]));
  const free = walker.finishScript(node);
  const bindingOf = new Map<Identifier, Binding>();
  for (const [name, scope] of names) {
    const binding = findBinding(name.name, scope);
    if (binding !== undefined) bindingOf.set(name, binding);
  }
  return { bindingOf, free: new Set(free.keys()) };
}
