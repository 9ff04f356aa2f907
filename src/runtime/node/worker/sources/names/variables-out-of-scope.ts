import type { Site } from '../../../channel/positions.ts';
import type { LeftVariable } from '../../../channel/probe-plan.ts';
import { functionOf, scopesAt } from '../analysis/scope-lookup.ts';
import type { ScriptNames } from './script-names.ts';

const RETURNED = /^return\s*\(*\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*\)*\s*;?$/u;

/**
 * Where V8 stops with the result of a function, it shows the scope of the function and those around it: variables of blocks have gone, and
 * those of the body where parameters have defaults or patterns. Their names mean outer variables there, or nothing.
 * @returns the variables that the code sees at the site and V8 does not, innermost first; none at other places.
 */
export function variablesOutOfScope(site: Site, names: ScriptNames): LeftVariable[] {
  if (site.isReturn !== true) return [];
  const result = resultAt(site, names);
  const visible = names.visibleAt(site);
  return visible
    .filter(({ isOutOfScope, binding }, index) => {
      return isOutOfScope && visible.findIndex((other) => other.binding.name === binding.name) === index;
    })
    .map(({ binding: { name } }) => ({ name, isResult: name === result }));
}

/** The variable that is returned there; V8 shows the promise of an async function in its place. */
function resultAt(site: Site, { analysis }: ScriptNames): string | undefined {
  const end = analysis.lines.offset(site);
  const start = analysis.returnAt(end);
  const [innermost] = scopesAt(analysis.root, start ?? end);
  if (start === undefined || innermost === undefined || functionOf(innermost).site?.isAsync === true) return undefined;
  return RETURNED.exec(analysis.source.slice(start, end))?.[1];
}
