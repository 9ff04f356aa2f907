import type { Position } from '../../channel/positions.ts';
import { exportsOf, type ModuleExports } from '../sources/module-exports.ts';
import { analyzeScopes, type Scope, scopeAt } from '../sources/scope.ts';
import { parseScript } from '../sources/syntax.ts';

/** Larger ones would take seconds, and hundreds of megabytes while they are read. */
const MAX_LENGTH = 6_000_000;
/** What Node.js gives to each CommonJS module as arguments. */
const COMMONJS = ['exports', 'require', 'module', '__filename', '__dirname'];
/** And to those of its own. */
const OF_NODE = ['exports', 'require', 'module', 'process', 'internalBinding', 'primordials'];

/** The scopes of one script, and what it exports. */
export interface ScriptScopes {
  readonly root: Scope;
  readonly exports: ModuleExports;
  readonly isModule: boolean;
  /** The scope of the function whose text ends so, and whose parameters begin at the position. */
  functionAt(position: Position, text: string): Scope | undefined;
}

/** @returns undefined where the text cannot be read. */
export function scopesOfScript(text: string, path: string): ScriptScopes | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const program = parseScript(text, path);
  if (program === undefined) return undefined;
  const isModule = program.sourceType === 'module';
  let root: Scope;
  try {
    ({ root } = analyzeScopes(program, isModule ? [] : path.startsWith('node:') ? OF_NODE : COMMONJS));
  } catch (error) {
    // Chains of thousands of operations nest too deep.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return {
    root,
    exports: exportsOf(program),
    isModule,
    functionAt: ({ line, column }, source) => {
      let start = 0;
      for (let count = 0; count < line; count++) {
        start = text.indexOf('\n', start) + 1;
        if (start === 0) return undefined;
      }
      let scope: Scope | undefined = scopeAt(root, start + column);
      while (scope !== undefined && !scope.isFunction) scope = scope.parent;
      return scope !== undefined && source.endsWith(text.slice(scope.start, scope.end)) ? scope : undefined;
    },
  };
}
