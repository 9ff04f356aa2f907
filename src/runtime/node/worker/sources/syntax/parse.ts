import { type AnyNode, type Options, Parser, type Program } from 'acorn';
import { type FunctionNode, isFunction, isIn, type Range } from './nodes.ts';

/** Modules and scripts differ in their grammar. @returns whether it is a module, the more likely answer first. */
export function grammarsOf(source: string, path: string): readonly boolean[] {
  const looksLikeModule = path.endsWith('.mjs') || /^\s*(?:import|export)\b/m.test(source);
  return looksLikeModule ? [true, false] : [false, true];
}

/** Is given each function as soon as it has been read, inner ones first, and whether the code around it is strict. */
export type OnFunction = (node: FunctionNode, isStrict: boolean) => void;

/** Parts of acorn's parser that its types do not declare. */
interface InnerParser {
  strict: boolean;
  readonly pos: number;
  parse(): Program;
  strictDirective(from: number): boolean;
  nextToken(): void;
  parseExpression(): unknown;
  parseMethod(isGenerator: boolean, isAsync: boolean, allowsSuperCall: boolean): unknown;
  finishNode(node: unknown, type: string): unknown;
}
type InnerParserClass = new (options: Options, source: string, start?: number) => InnerParser;

function parserTelling(onFunction: OnFunction): InnerParserClass {
  const Base = Parser as unknown as InnerParserClass;
  return class extends Base {
    override finishNode(node: unknown, type: string): unknown {
      const finished = super.finishNode(node, type) as AnyNode;
      if (isFunction(finished)) onFunction(finished, this.strict);
      return finished;
    }
  };
}

function optionsFor(isModule: boolean): Options {
  return {
    ecmaVersion: 'latest',
    sourceType: isModule ? 'module' : 'script',
    allowReturnOutsideFunction: true,
    allowHashBang: true,
    allowAwaitOutsideFunction: true,
    allowImportExportEverywhere: true,
    allowSuperOutsideMethod: true,
  };
}

/** @throws SyntaxError */
export function parseAs(source: string, isModule: boolean, onFunction: OnFunction): Program {
  const TellingParser = parserTelling(onFunction);
  const parser = new TellingParser(optionsFor(isModule), source);
  // Acorn looks for the directive of the script before it has passed over `#!/usr/bin/env node`.
  parser.strict ||= parser.strictDirective(parser.pos);
  return parser.parse();
}

/** Frees the tree of a function that has been read; its parameters stay, since acorn looks at them once more. */
export function dropBody(node: FunctionNode): void {
  const { start, end } = node.body;
  node.body = { type: 'BlockStatement', start, end, body: [] };
}

/** What tells how a function of a script is to be read on its own. */
export interface FunctionToRead extends Range {
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
  /** Whether the function itself is, or what is around it. */
  readonly isStrict: boolean;
}

/** @returns the tree of one function of a script, with all that is in it; undefined where there is none of that range. */
export function readFunction(source: string, isModule: boolean, wanted: FunctionToRead): FunctionNode | undefined {
  return readAlone(source, isModule, wanted) ?? readInScript(source, isModule, wanted);
}

/** Ends the parser: what follows need not be read. */
class Found extends Error {
  readonly node: FunctionNode;

  constructor(node: FunctionNode) {
    super('found');
    this.node = node;
  }
}

function foundBy(read: (onFunction: OnFunction) => void, { start, end }: Range): FunctionNode | undefined {
  try {
    read((node) => {
      if (node.start === start && node.end === end) throw new Found(node);
    });
  } catch (error) {
    if (error instanceof Found) return error.node;
  }
  return undefined;
}

/** Reads from where the function begins: as an expression, or from the parameters on as the value of a method. */
function readAlone(source: string, isModule: boolean, wanted: FunctionToRead): FunctionNode | undefined {
  const options = { ...optionsFor(isModule), checkPrivateFields: false };
  const { start, isGenerator, isAsync, isStrict } = wanted;
  const parse = (onFunction: OnFunction, begin: (parser: InnerParser) => void) => {
    const ToldParser = parserTelling(onFunction);
    const parser = new ToldParser(options, source, start);
    parser.strict = isStrict;
    parser.nextToken();
    begin(parser);
  };
  const asExpression = foundBy((onFunction) => parse(onFunction, (parser) => parser.parseExpression()), wanted);
  if (asExpression !== undefined || source[start] !== '(') return asExpression;
  const asMethod = (parser: InnerParser) => parser.parseMethod(isGenerator, isAsync, true);
  return foundBy((onFunction) => parse(onFunction, asMethod), wanted);
}

/** Code that depends on what is around it (`new.target` of an arrow function) is read from the beginning of the script. */
function readInScript(source: string, isModule: boolean, wanted: FunctionToRead): FunctionNode | undefined {
  const read = (onFunction: OnFunction) =>
    parseAs(source, isModule, (node, isStrict) => {
      onFunction(node, isStrict);
      if (!isIn(wanted, node.start)) dropBody(node);
    });
  return foundBy(read, wanted);
}
