import { type AnyNode, type Program, parse } from 'acorn';

export type FunctionNode = Extract<
  AnyNode,
  { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }
>;

/** Offsets into the source; the end is not in it. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export function isFunction(node: AnyNode): node is FunctionNode {
  return (
    node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'
  );
}

export function isIn({ start, end }: Range, offset: number): boolean {
  return offset >= start && offset < end;
}

/**
 * Modules and scripts differ in their grammar: the more likely one is tried first.
 * @returns undefined where neither reads the source.
 */
export function parseScript(source: string, path: string): Program | undefined {
  const looksLikeModule = path.endsWith('.mjs') || /^\s*(?:import|export)\b/m.test(source);
  for (const isModule of looksLikeModule ? [true, false] : [false, true]) {
    try {
      return parseAs(source, isModule);
    } catch {
      // The other grammar is tried.
    }
  }
  return undefined;
}

function parseAs(source: string, isModule: boolean): Program {
  return parse(source, {
    ecmaVersion: 'latest',
    sourceType: isModule ? 'module' : 'script',
    allowReturnOutsideFunction: true,
    allowHashBang: true,
    allowAwaitOutsideFunction: true,
    allowImportExportEverywhere: true,
    allowSuperOutsideMethod: true,
  });
}
