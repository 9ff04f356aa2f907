import type { Position } from '../../../channel/positions.ts';
import type { ScriptAnalysis } from '../analysis/analyze-script.ts';
import { scopesAt } from '../analysis/scope-lookup.ts';
import { type FileMatch, originalOf } from '../scripts.ts';
import type { Range } from '../syntax/nodes.ts';

/** Characters. Longer functions are not looked at. */
const MOST = 400;
/** `() => Order`, `() => (order_1.Order)`, `function () { return Order; }`. */
const GETTER =
  /^(?:\(\)\s*=>\s*\(?\s*[\p{ID_Continue}$.]+\s*\)?|(?:function\s*)?[\p{ID_Continue}$]*\s*\(\)\s*\{\s*return\s+[\p{ID_Continue}$.]+\s*;?\s*\})$/u;

/**
 * Whether the function is the getter of an export that a compiler made: it runs whenever another file reads the name, and esbuild maps it
 * to the beginning of the file, whatever is there. No function of a source begins with `import` or `export`.
 */
export function isExportGetter({ source, lines }: ScriptAnalysis, match: FileMatch, { start, end }: Range): boolean {
  if (end - start > MOST || !GETTER.test(source.slice(start, end))) return false;
  const original = originalOf(match, lines.position(start));
  const text = original === undefined ? undefined : match.map?.textOf(original.path);
  if (original === undefined || text === undefined) return false;
  const offset = text.offset(original);
  return original.column === 0 && /^(?:import|export)\b/.test(text.text.slice(offset, offset + MOST));
}

/** Whether the place is inside of such a function. */
export function isInExportGetter(analysis: ScriptAnalysis, match: FileMatch, position: Position): boolean {
  const scope = scopesAt(analysis.root, analysis.lines.offset(position)).find(({ kind }) => kind === 'function');
  return scope !== undefined && isExportGetter(analysis, match, scope);
}
