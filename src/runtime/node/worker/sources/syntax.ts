import { type AnyNode, Parser, type Program } from 'acorn';

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

/** Modules and scripts differ in their grammar. @returns whether it is a module, the more likely answer first. */
export function grammarsOf(source: string, path: string): readonly boolean[] {
  const looksLikeModule = path.endsWith('.mjs') || /^\s*(?:import|export)\b/m.test(source);
  return looksLikeModule ? [true, false] : [false, true];
}

/** @returns undefined where neither grammar reads the source. */
export function parseScript(source: string, path: string): Program | undefined {
  for (const isModule of grammarsOf(source, path)) {
    try {
      return parseAs(source, isModule);
    } catch {
      // The other grammar is tried.
    }
  }
  return undefined;
}

/** A part of acorn's parser that its types do not tell. */
type Finishing = new (
  ...parameters: never[]
) => {
  finishNode(node: unknown, type: string): unknown;
};

/** @param onFunction is given each function as soon as it has been read, inner ones first. @throws SyntaxError */
export function parseAs(source: string, isModule: boolean, onFunction?: (node: FunctionNode) => void): Program {
  const telling = (base: typeof Parser) =>
    class extends (base as unknown as Finishing) {
      override finishNode(node: unknown, type: string): unknown {
        const finished = super.finishNode(node, type) as AnyNode;
        if (isFunction(finished)) onFunction?.(finished);
        return finished;
      }
    } as unknown as typeof Parser;
  return (onFunction === undefined ? Parser : Parser.extend(telling)).parse(source, {
    ecmaVersion: 'latest',
    sourceType: isModule ? 'module' : 'script',
    allowReturnOutsideFunction: true,
    allowHashBang: true,
    allowAwaitOutsideFunction: true,
    allowImportExportEverywhere: true,
    allowSuperOutsideMethod: true,
  });
}

/** Frees the tree of a function that has been read; its parameters stay, since acorn looks at them once more. */
export function dropBody(node: FunctionNode): void {
  const { start, end } = node.body;
  node.body = { type: 'BlockStatement', start, end, body: [] };
}

/** Reads one function of a script, with all that is in it. @returns undefined where there is none of that range. */
export function readFunction(source: string, path: string, range: Range): FunctionNode | undefined {
  let found: FunctionNode | undefined;
  for (const isModule of grammarsOf(source, path)) {
    try {
      parseAs(source, isModule, (node) => {
        if (node.start === range.start && node.end === range.end) {
          found = node;
          // What follows need not be read.
          throw new RangeError('found');
        }
        if (!isIn(range, node.start)) dropBody(node);
      });
    } catch {
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
