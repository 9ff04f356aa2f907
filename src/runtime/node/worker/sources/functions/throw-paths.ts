import type { ScriptAnalysis } from '../analysis/analyze-script.ts';
import { scopesAt } from '../analysis/scope-lookup.ts';
import { FunctionScope } from '../analysis/scopes.ts';
import { isIn } from '../syntax/nodes.ts';

/** @returns whether an exception that comes up at the offset leaves the innermost function there, or the script, as an exception. */
export function passes({ root }: Pick<ScriptAnalysis, 'root'>, offset: number): boolean {
  for (const scope of scopesAt(root, offset)) {
    // V8 makes functions of fields and static blocks; for an exception they are a part of the code around the class.
    if (!(scope instanceof FunctionScope) || (scope.site === undefined && scope !== root)) continue;
    // What leaves an async function becomes a rejected promise, and is no exception for its caller.
    return scope.site?.isAsync !== true && !scope.caught.some((range) => isIn(range, offset));
  }
  return false;
}
