import type { FunctionNode, Range } from '../syntax/nodes.ts';
import { readFunction } from '../syntax/parse.ts';
import type { ScriptAnalysis } from './analyze-script.ts';
import { scopesAt } from './scope-lookup.ts';
import { FunctionScope } from './scopes.ts';

/** @returns the scope of the function of that range; undefined where there is none. */
export function functionScope(
  { root }: Pick<ScriptAnalysis, 'root'>,
  { start, end }: Range,
): FunctionScope | undefined {
  return scopesAt(root, start).find(
    (scope): scope is FunctionScope =>
      scope instanceof FunctionScope && scope.site !== undefined && scope.start === start && scope.end === end,
  );
}

/** Reads one function again, with all that is in it, since no tree is kept. @returns undefined where there is none of that range. */
export function functionTree(analysis: ScriptAnalysis, range: Range): FunctionNode | undefined {
  const scope = functionScope(analysis, range);
  if (scope?.site === undefined) return undefined;
  const { start, end, isStrict } = scope;
  const { isAsync, isGenerator } = scope.site;
  return readFunction(analysis.source, analysis.isESModule, { start, end, isStrict, isAsync, isGenerator });
}
