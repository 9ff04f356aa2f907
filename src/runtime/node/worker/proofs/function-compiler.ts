import type {
  AnyNode,
  ArrowFunctionExpression,
  FunctionDeclaration,
  FunctionExpression,
  Identifier,
  MemberExpression,
  Pattern,
  UnaryExpression,
} from 'acorn';
import { REFUSED_NAMES } from '../../../../language/javascript/check-expression.ts';
import { CONSTANTS, hasNoPrototype } from '../../../../language/javascript/expression-compiler.ts';
import { isRedactedName } from '../../../../redaction/identifiers.ts';
import { type FunctionNode, type FunctionSource, NotProvable } from './function-source.ts';
import { StatementCompiler } from './statement-compiler.ts';

/** What a node of this type does that no proof allows. */
const REFUSED: Readonly<Record<string, string>> = {
  AwaitExpression: 'awaits',
  YieldExpression: 'yields',
  ImportExpression: 'imports code',
  ClassDeclaration: 'declares a class',
  ClassExpression: 'declares a class',
  WithStatement: 'uses with',
  DebuggerStatement: 'has a debugger statement',
  Super: 'uses super',
  MetaProperty: 'uses new.target or import.meta',
  TaggedTemplateExpression: 'has a tagged template',
};

/**
 * Compiles the body of a function of the application into statements of which every operation goes through the guard. Its
 * own variables become variables with a prefix, so that scopes, closures and loops are the language's own.
 */
export class FunctionCompiler extends StatementCompiler {
  /** Whether `this` is read. In sloppy code, a receiver that is no object would be converted. */
  usesThis = false;
  readonly #captured: readonly string[];
  readonly #isArrow: boolean;
  readonly #free: string;
  #usesArguments = false;

  /** @param captured names of the code around the function, whose values the generated code finds in that order. */
  constructor(source: FunctionSource, captured: readonly string[]) {
    super(source, { rename: (name) => name, privateFields: new Map() });
    this.#captured = captured;
    this.#isArrow = source.node.type === 'ArrowFunctionExpression';
    this.#free = this.temporary();
  }

  /** Names of the parameters of the generated function: guard, receiver, arguments, captured values. */
  get parameters(): readonly string[] {
    return ['$', this.frame.self, this.frame.args, this.#free];
  }

  compile(): string {
    const code = `'use strict';${this.#whole(this.source.node)}`;
    // In sloppy code, assigning a parameter changes `arguments`, too.
    const assigned = [...this.source.bindings.bindingOf].find(
      ([, { kind, isWritten }]) => kind === 'parameter' && isWritten,
    );
    if (this.#usesArguments && assigned) this.refuse('assigns a parameter and uses its arguments', assigned[0]);
    return code;
  }

  protected override refuse(message: string, node: AnyNode): never {
    const text = node.type === 'PrivateIdentifier' ? `uses #${node.name}` : (REFUSED[node.type] ?? message);
    throw new NotProvable(text, node.start - this.source.shift);
  }

  protected override self(node: AnyNode): string {
    if (this.frame.isOuter && this.#isArrow) this.refuse('uses this of the function around it', node);
    if (this.frame.isOuter) this.usesThis = true;
    return this.frame.self;
  }

  protected override identifier(node: Identifier): string {
    const { name } = node;
    if (isRedactedName(name)) return '$.redacted';
    if (this.isOwn(node)) return this.local(name);
    if (name === 'arguments') return this.#arguments(node);
    return this.#outside(node, (read) => read);
  }

  #arguments(node: AnyNode): string {
    if (this.frame.isOuter && this.#isArrow) this.refuse('uses the arguments of the function around it', node);
    this.#usesArguments = true;
    this.frame.argumentsObject ??= this.temporary();
    return this.frame.argumentsObject;
  }

  #outside(node: Identifier, read: (code: string) => string): string {
    const { name } = node;
    const index = this.#captured.indexOf(name);
    if (index >= 0) return `${this.#free}[${index}]`;
    if (CONSTANTS.has(name)) return name;
    if (REFUSED_NAMES.has(name) || name === '$') this.refuse(`uses ${name}`, node);
    return `($.accessor(${JSON.stringify(name)})?$.getter:${read(name)})`;
  }

  protected override unary(node: UnaryExpression): string {
    const { argument } = node;
    if (node.operator === 'delete') this.refuse('deletes a property', node);
    if (node.operator === 'typeof' && argument.type === 'Identifier' && !isRedactedName(argument.name)) {
      const { name } = argument;
      if (!this.isOwn(argument) && !this.#captured.includes(name) && !CONSTANTS.has(name)) {
        const read = this.#outside(argument, (code) => `(typeof ${code}==="undefined"?void 0:${code})`);
        return `$.unary("typeof",${read})`;
      }
    }
    return `$.unary(${JSON.stringify(node.operator)},${this.expression(argument)})`;
  }

  override expression(node: AnyNode): string {
    switch (node.type) {
      case 'AssignmentExpression':
        return this.assignment(node);
      case 'UpdateExpression':
        return this.update(node, false);
      case 'FunctionExpression':
        return this.#functionExpression(node);
      case 'ObjectExpression':
        for (const property of node.properties) {
          if (property.type === 'Property' && property.kind !== 'init')
            this.refuse('makes a getter or a setter', property);
          const isPrototype =
            property.type === 'Property' && !property.computed && this.keyOf(property) === '"__proto__"';
          if (isPrototype && !hasNoPrototype(property)) {
            this.refuse('sets __proto__', property);
          }
        }
        return super.expression(node);
      default:
        if (REFUSED[node.type] !== undefined) this.refuse('', node);
        return super.expression(node);
    }
  }

  protected override special(node: MemberExpression): string | undefined {
    const { object, property } = node;
    if (object.type !== 'Identifier' || object.name !== 'arguments' || this.isOwn(object)) return undefined;
    const { args, isOuter } = this.frame;
    if (isOuter && this.#isArrow) this.refuse('uses the arguments of the function around it', node);
    this.#usesArguments = true;
    if (node.computed) return `$.argumentAt(${args},${this.expression(node.property)})`;
    if (property.type === 'Identifier' && property.name === 'length') return `${args}.length`;
    return undefined;
  }

  /** Declares parameters from a list of arguments. */
  #parameters(parameters: readonly Pattern[], list: string): string {
    return parameters
      .map((parameter, index) => {
        if (parameter.type === 'RestElement')
          return this.declarationOf('parameter', parameter.argument, `$.rest(${list},${index})`);
        const value = `$.argumentAt(${list},${index})`;
        if (parameter.type !== 'AssignmentPattern') return this.declarationOf('parameter', parameter, value);
        return this.declarationOf(
          'parameter',
          parameter.left,
          `$.fallback(${value},()=>${this.expression(parameter.right)})`,
        );
      })
      .join('');
  }

  /** The body of the function of the frame, which is the one that `arguments` belong to. */
  #whole(node: FunctionNode | FunctionDeclaration): string {
    const body = this.#body(node);
    const { argumentsObject, args } = this.frame;
    return argumentsObject === undefined ? body : `const ${argumentsObject}=$.arguments(${args});${body}`;
  }

  /** Parameters, functions that are declared in the body, and the body. */
  #body(node: FunctionNode | FunctionDeclaration): string {
    const { args } = this.frame;
    const parameters = this.#parameters(node.params, args);
    if (node.body.type !== 'BlockStatement') return `${parameters}return ${this.expression(node.body)}`;
    const { body } = node.body;
    const functions = body.flatMap((statement) =>
      statement.type === 'FunctionDeclaration' && statement.id
        ? [`var ${this.local(statement.id.name)}=${this.#closure(statement)};`]
        : [],
    );
    return [parameters, ...functions, ...body.map((statement) => this.statement(statement, true))].join('');
  }

  /** A function that the function makes. Its body is compiled, too, and the guard knows that, so it may be called. */
  #closure(node: FunctionExpression | FunctionDeclaration): string {
    if (node.async) this.refuse('makes an asynchronous function', node);
    if (node.generator) this.refuse('makes a generator', node);
    const outer = this.frame;
    this.frame = { self: this.temporary(), args: this.temporary(), isOuter: false };
    const { self, args } = this.frame;
    const body = this.#whole(node);
    this.frame = outer;
    const receiver = body.includes(self) ? `const ${self}=$.self(this);` : '';
    return `$.arrow(function(...${args}){${receiver}${body}})`;
  }

  #functionExpression(node: FunctionExpression): string {
    const closure = this.#closure(node);
    if (!node.id) return closure;
    const own = this.local(node.id.name);
    return `(()=>{const ${own}=${closure};return ${own}})()`;
  }

  protected override arrow(node: ArrowFunctionExpression): string {
    if (node.async) this.refuse('makes an asynchronous function', node);
    const simple = node.params.every(({ type }) => type === 'Identifier');
    if (simple && node.expression) {
      const names = node.params.map((parameter) => (parameter.type === 'Identifier' ? this.local(parameter.name) : ''));
      return `$.arrow((${names.join()})=>${this.expression(node.body)})`;
    }
    // In an arrow function, `arguments` are those of the function around it; its own are taken by position.
    const own = this.temporary();
    const parameters = this.#parameters(node.params, own);
    return `$.arrow((...${own})=>{${parameters}${this.#body({ ...node, params: [] })}})`;
  }
}
