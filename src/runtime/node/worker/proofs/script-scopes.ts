import type { Position } from '../../channel/positions.ts';
import type { ScriptAnalysis } from '../sources/analysis/analyze-script.ts';
import { findBinding, isConstant, scopesAt } from '../sources/analysis/scope-lookup.ts';
import { FunctionScope, ImportBinding, type Scope } from '../sources/analysis/scopes.ts';

/** What Node.js gives to each CommonJS module as arguments. */
const COMMONJS = ['exports', 'require', 'module', '__filename', '__dirname'];
/** What it gives to each of its own modules. */
const OF_NODE = ['exports', 'require', 'module', 'process', 'internalBinding', 'primordials'];

/** What a name means to a function of the script. */
export interface Variable {
  /** Whether it keeps its first value for as long as it lives; an import does when its module says so. */
  readonly isConstant: boolean;
  readonly imported?: { readonly from: string; readonly name: string };
}

/** The variables of one script as its functions see them, with those that Node.js puts around it. */
export class ScriptScopes {
  readonly analysis: ScriptAnalysis;
  readonly #wrapper: readonly string[];

  constructor(analysis: ScriptAnalysis, path: string) {
    this.analysis = analysis;
    this.#wrapper = analysis.isESModule ? [] : path.startsWith('node:') ? OF_NODE : COMMONJS;
  }

  /** The scope of the function whose parameters begin at the position; undefined unless the text ends as its source does. */
  functionAt(position: Position, text: string): FunctionScope | undefined {
    const { root, lines, source } = this.analysis;
    if (position.line >= lines.count) return undefined;
    const scope = scopesAt(root, lines.offset(position)).find((one) => one instanceof FunctionScope);
    return scope !== undefined && text.endsWith(source.slice(scope.start, scope.end)) ? scope : undefined;
  }

  /** @returns what a name means in a scope; undefined where neither the script nor Node.js declares it. */
  find(name: string, from: Scope | undefined): Variable | undefined {
    const found = findBinding(name, from);
    if (found !== undefined)
      return { isConstant: isConstant(found), imported: found instanceof ImportBinding ? found.imported : undefined };
    if (!this.#wrapper.includes(name)) return undefined;
    const { outer, root } = this.analysis;
    return { isConstant: outer.get(name)?.isWritten !== true && !root.hasEval };
  }
}
