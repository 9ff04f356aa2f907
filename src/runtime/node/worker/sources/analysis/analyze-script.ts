import type { FunctionSite } from '../functions/function-site.ts';
import { LineTable } from '../line-table.ts';
import { hasStrictDirective, type Range } from '../syntax/nodes.ts';
import { dropBody, grammarsOf, parseAs } from '../syntax/parse.ts';
import { exportsOf, type ModuleExports } from './module-exports.ts';
import type { ClassSite } from './private-members.ts';
import type { OuterName } from './scope-builder.ts';
import { FunctionScope } from './scopes.ts';
import { ScriptWalker } from './script-walker.ts';

/** What one script declares, and where: kept in the place of its syntax tree. */
export interface ScriptAnalysis {
  readonly source: string;
  readonly lines: LineTable;
  readonly root: FunctionScope;
  /** Whether it was read by the grammar of ECMAScript modules. */
  readonly isESModule: boolean;
  /** Whether it is a module, of ECMAScript or CommonJS. Files are; code that is evaluated from a text is not. */
  readonly isModule: boolean;
  /** Every function, in the order of the source. */
  readonly functions: readonly FunctionSite[];
  readonly classes: readonly ClassSite[];
  readonly exports: ModuleExports;
  /** Names that the script uses and does not declare. */
  readonly outer: ReadonlyMap<string, OuterName>;
  /** Whether a variable is read or written at that offset. */
  isReference(offset: number): boolean;
  /** @returns the beginning of the `return` that V8 shows at that offset, or of the function whose end it is. */
  returnAt(offset: number): number | undefined;
}

/**
 * Reads a script once, function by function: the tree of a bundle is larger than the memory of the worker.
 * @returns undefined where acorn cannot read it.
 */
export function analyzeScript(source: string, path: string, lines = new LineTable(source)): ScriptAnalysis | undefined {
  for (const isESModule of grammarsOf(source, path)) {
    try {
      return analyzeAs(source, isESModule, lines, path.startsWith('/'));
    } catch {
      // The other grammar is tried. In rare cases generated code nests deeper than the stack of this thread.
    }
  }
  return undefined;
}

function analyzeAs(source: string, isESModule: boolean, lines: LineTable, isFile: boolean): ScriptAnalysis {
  const range: Range = { start: 0, end: source.length + 1 };
  const walker = new ScriptWalker(new FunctionScope('root', range, { isStrict: isESModule }));
  const tree = parseAs(source, isESModule, (node, isStrict) => {
    walker.finish(node, isStrict);
    dropBody(node);
  });
  const outer = walker.finishScript(tree, hasStrictDirective(tree.body));
  const { scopes, functions, classes, returns } = walker;
  return {
    source,
    lines,
    root: scopes.root,
    isESModule,
    isModule: isESModule || isFile,
    functions,
    classes,
    exports: exportsOf(tree),
    outer,
    isReference: (offset) => scopes.references.has(offset),
    returnAt: (offset) => returns.get(offset),
  };
}
