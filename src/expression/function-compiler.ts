import type {
  AnyNode,
  ArrowFunctionExpression,
  AssignmentExpression,
  BlockStatement,
  Expression,
  FunctionDeclaration,
  FunctionExpression,
  Identifier,
  MemberExpression,
  Pattern,
  Statement,
  UnaryExpression,
  UpdateExpression,
  VariableDeclaration,
} from 'acorn';
import { isRedactedName } from '../redaction/identifiers.ts';
import { REFUSED_NAMES } from './check.ts';
import { CONSTANTS, ExpressionCompiler } from './expression-compiler.ts';
import { type FunctionNode, type FunctionSource, NotProvable } from './function-source.ts';

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

type Kind = 'const' | 'let' | 'var' | 'parameter';

/** The function whose body is compiled: names of its receiver and of its arguments in the generated code. */
interface Frame {
  readonly self: string;
  readonly args: string;
  readonly isOuter: boolean;
}

/**
 * Compiles the body of a function of the application into statements of which every operation goes through the guard. Its
 * own variables become variables with a prefix, so that scopes, closures and loops are the language's own.
 */
export class FunctionCompiler extends ExpressionCompiler {
  /** Whether the receiver is looked at, which sloppy code gets changed when it is no object. */
  usesThis = false;
  readonly #source: FunctionSource;
  readonly #captured: readonly string[];
  readonly #isArrow: boolean;
  readonly #free: string;
  #frame: Frame;
  #usesArguments = false;

  /** @param captured names of the code around the function, whose values the generated code finds in that order. */
  constructor(source: FunctionSource, captured: readonly string[]) {
    super(source.text, { rename: (name) => name, privateFields: new Map() });
    this.#source = source;
    this.#captured = captured;
    this.#isArrow = source.node.type === 'ArrowFunctionExpression';
    this.#frame = { self: this.temporary(), args: this.temporary(), isOuter: true };
    this.#free = this.temporary();
  }

  /** Names of the parameters of the generated function: guard, receiver, arguments, captured values. */
  get parameters(): readonly string[] {
    return ['$', this.#frame.self, this.#frame.args, this.#free];
  }

  compile(): string {
    const code = `'use strict';${this.#body(this.#source.node)}`;
    // Sloppy code changes its arguments with its parameters.
    const assigned = [...this.#source.scopes.bindingOf].find(
      ([, { kind, writes }]) => kind === 'parameter' && writes > 0,
    );
    if (this.#usesArguments && assigned) this.refuse('assigns a parameter and uses its arguments', assigned[0]);
    return code;
  }

  protected override refuse(message: string, node: AnyNode): never {
    const text = node.type === 'PrivateIdentifier' ? `uses #${node.name}` : (REFUSED[node.type] ?? message);
    throw new NotProvable(text, node.start - this.#source.shift);
  }

  protected override self(node: AnyNode): string {
    if (this.#frame.isOuter && this.#isArrow) this.refuse('uses this of the function around it', node);
    if (this.#frame.isOuter) this.usesThis = true;
    return this.#frame.self;
  }

  #isOwn(node: Identifier): boolean {
    return this.#source.scopes.bindingOf.has(node);
  }

  #local(name: string): string {
    return `${this.prefix}${name}`;
  }

  protected override identifier(node: Identifier): string {
    const { name } = node;
    if (isRedactedName(name)) return '$.redacted';
    if (this.#isOwn(node)) return this.#local(name);
    if (name === 'arguments') this.refuse('uses its arguments as an object', node);
    return this.#outside(node, (read) => read);
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
      if (!this.#isOwn(argument) && !this.#captured.includes(name) && !CONSTANTS.has(name)) {
        const read = this.#outside(argument, (code) => `(typeof ${code}==="undefined"?void 0:${code})`);
        return `$.unary("typeof",${read})`;
      }
    }
    return `$.unary(${JSON.stringify(node.operator)},${this.expression(argument)})`;
  }

  override expression(node: AnyNode): string {
    switch (node.type) {
      case 'AssignmentExpression':
        return this.#assignment(node);
      case 'UpdateExpression':
        return this.#update(node, false);
      case 'FunctionExpression':
        return this.#functionExpression(node);
      case 'ObjectExpression':
        for (const property of node.properties) {
          if (property.type === 'Property' && property.kind !== 'init')
            this.refuse('makes a getter or a setter', property);
          if (property.type === 'Property' && !property.computed && this.keyOf(property) === '"__proto__"') {
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
    if (object.type !== 'Identifier' || object.name !== 'arguments' || this.#isOwn(object)) return undefined;
    const { args, isOuter } = this.#frame;
    if (isOuter && this.#isArrow) this.refuse('uses the arguments of the function around it', node);
    this.#usesArguments = true;
    if (node.computed) return `$.argumentAt(${args},${this.expression(node.property)})`;
    if (property.type === 'Identifier' && property.name === 'length') return `${args}.length`;
    return this.refuse('uses its arguments as an object', node);
  }

  /** A variable of the function that may be assigned here, in generated code. */
  #assignable(node: Identifier): string {
    if (!this.#isOwn(node)) this.refuse(`assigns the outer variable ${node.name}`, node);
    return this.#local(node.name);
  }

  /** What certainly belongs to the application is refused here, with its name; for the rest the guard looks at run time. */
  #holder(node: MemberExpression): string {
    if (node.property.type === 'PrivateIdentifier' || node.object.type === 'Super') return this.expression(node);
    let root: AnyNode = node.object;
    while (root.type === 'MemberExpression' || root.type === 'ParenthesizedExpression') {
      root = root.type === 'MemberExpression' ? root.object : root.expression;
    }
    const isForeign =
      (root.type === 'ThisExpression' && this.#frame.isOuter) || (root.type === 'Identifier' && !this.#isOwn(root));
    if (isForeign) this.refuse(`assigns ${this.#shown(node)}`, node);
    return this.expression(node.object);
  }

  #shown(node: AnyNode): string {
    return String(JSON.parse(this.nameOf(node)));
  }

  #assignment(node: AssignmentExpression): string {
    const { left, operator } = node;
    const plain = operator.slice(0, -1);
    if (left.type === 'Identifier') {
      if (plain !== '' && isRedactedName(left.name)) this.refuse(`computes with ${left.name}`, left);
      const own = this.#assignable(left);
      const value = this.expression(node.right);
      if (plain === '') return `(${own}=${value})`;
      const logical = { '&&': 'and', '||': 'or', '??': 'coalesce' }[plain];
      if (logical !== undefined) return `$.${logical}(${own},()=>(${own}=${value}))`;
      return `(${own}=$.binary(${JSON.stringify(plain)},${own},${value}))`;
    }
    if (left.type === 'MemberExpression') {
      const place = `${this.#holder(left)},${this.memberKey(left)}`;
      const value = this.expression(node.right);
      const name = this.nameOf(left);
      if (plain === '') return `$.set(${place},${value},${name})`;
      return `$.update(${place},${JSON.stringify(plain)},()=>${value},${name})`;
    }
    const taken = this.temporary();
    const parts: string[] = [];
    this.#take(left, taken, (target, value) => parts.push(this.#store(target, value)), parts);
    return `((${taken})=>{${parts.join(';')};return ${taken}})(${this.expression(node.right)})`;
  }

  #store(target: Pattern, value: string): string {
    if (target.type === 'Identifier') return `${this.#assignable(target)}=${value}`;
    if (target.type !== 'MemberExpression') return this.refuse('assigns to a strange pattern', target);
    return `$.set(${this.#holder(target)},${this.memberKey(target)},${value},${this.nameOf(target)})`;
  }

  /** @param isUnused whether the value of the expression is dropped. */
  #update(node: UpdateExpression, isUnused: boolean): string {
    const { argument, prefix } = node;
    const by = node.operator === '++' ? 1 : -1;
    if (argument.type === 'Identifier') {
      if (isRedactedName(argument.name)) this.refuse(`computes with ${argument.name}`, argument);
      const own = this.#assignable(argument);
      if (prefix || isUnused) return `(${own}=$.step(${own},${by}))`;
      return `$.post(${own},${by},($v)=>{${own}=$v})`;
    }
    if (argument.type !== 'MemberExpression') return this.refuse('changes what is no variable', argument);
    return `$.bump(${this.#holder(argument)},${this.memberKey(argument)},${by},${prefix},${this.nameOf(argument)})`;
  }

  /**
   * Takes a value apart. `taken` is a variable that holds it; `parts` gets the statements that have to stand before.
   */
  #take(pattern: Pattern, taken: string, bind: (target: Pattern, value: string) => void, parts: string[]): void {
    const inner = (target: Pattern, value: string) => {
      const [within, whole] =
        target.type === 'AssignmentPattern'
          ? [target.left, `$.fallback(${value},()=>${this.expression(target.right)})`]
          : [target, value];
      if (within.type === 'Identifier' || within.type === 'MemberExpression') bind(within, whole);
      else {
        const next = this.temporary();
        parts.push(`let ${next}=${whole}`);
        this.#take(within, next, bind, parts);
      }
    };
    if (pattern.type === 'ArrayPattern') {
      const list = this.temporary();
      parts.push(`let ${list}=$.list(${taken})`);
      pattern.elements.forEach((element, index) => {
        if (element?.type === 'RestElement') inner(element.argument, `$.rest(${list},${index})`);
        else if (element) inner(element, `$.element(${list},${index})`);
      });
    } else if (pattern.type === 'ObjectPattern') {
      parts.push(`$.refuseEmpty(${taken})`);
      const keys: string[] = [];
      for (const property of pattern.properties) {
        if (property.type === 'RestElement') {
          inner(property.argument, `$.omit(${taken},[${keys.join()}])`);
          continue;
        }
        let key = this.keyOf(property);
        if (property.computed) {
          const computed = this.temporary();
          parts.push(`let ${computed}=${key}`);
          key = computed;
        }
        keys.push(key);
        inner(property.value, `$.get(${taken},${key},"(value)")`);
      }
    } else {
      inner(pattern, taken);
    }
  }

  /** A parameter may be declared once more in the body; else it is not known before its turn, as in the language. */
  #kindOf(kind: Kind, node: Identifier): 'const' | 'let' | 'var' {
    if (kind !== 'parameter') return kind;
    const binding = this.#source.scopes.bindingOf.get(node);
    return binding?.declarations === 1 ? 'let' : 'var';
  }

  /** Statements that declare the names of a pattern and give them their values. */
  #declare(kind: Kind, pattern: Pattern, value: string): string {
    if (pattern.type === 'Identifier') return `${this.#kindOf(kind, pattern)} ${this.#local(pattern.name)}=${value};`;
    const taken = this.temporary();
    const parts = [`let ${taken}=${value}`];
    this.#take(
      pattern,
      taken,
      (target, part) => {
        if (target.type !== 'Identifier') this.refuse('declares a strange pattern', target);
        parts.push(`${this.#kindOf(kind, target)} ${this.#local(target.name)}=${part}`);
      },
      parts,
    );
    return `${parts.join(';')};`;
  }

  /** Declares parameters from a list of arguments. */
  #parameters(parameters: readonly Pattern[], list: string): string {
    return parameters
      .map((parameter, index) => {
        if (parameter.type === 'RestElement')
          return this.#declare('parameter', parameter.argument, `$.rest(${list},${index})`);
        const value = `$.argumentAt(${list},${index})`;
        if (parameter.type !== 'AssignmentPattern') return this.#declare('parameter', parameter, value);
        return this.#declare(
          'parameter',
          parameter.left,
          `$.fallback(${value},()=>${this.expression(parameter.right)})`,
        );
      })
      .join('');
  }

  /** Parameters, functions that are declared in the body, and the body. */
  #body(node: FunctionNode | FunctionDeclaration): string {
    const { args } = this.#frame;
    const parameters = this.#parameters(node.params, args);
    if (node.body.type !== 'BlockStatement') return `${parameters}return ${this.expression(node.body)}`;
    const { body } = node.body;
    const functions = body.flatMap((statement) =>
      statement.type === 'FunctionDeclaration' && statement.id
        ? [`var ${this.#local(statement.id.name)}=${this.#closure(statement)};`]
        : [],
    );
    return [parameters, ...functions, ...body.map((statement) => this.#statement(statement, true))].join('');
  }

  /** A function inside of the function, which the guard knows to be guarded. */
  #closure(node: FunctionExpression | FunctionDeclaration): string {
    if (node.async) this.refuse('makes an asynchronous function', node);
    if (node.generator) this.refuse('makes a generator', node);
    const outer = this.#frame;
    this.#frame = { self: this.temporary(), args: this.temporary(), isOuter: false };
    const { self, args } = this.#frame;
    const body = this.#body(node);
    this.#frame = outer;
    const receiver = body.includes(self) ? `const ${self}=$.self(this);` : '';
    return `$.arrow(function(...${args}){${receiver}${body}})`;
  }

  #functionExpression(node: FunctionExpression): string {
    const closure = this.#closure(node);
    if (!node.id) return closure;
    const own = this.#local(node.id.name);
    return `(()=>{const ${own}=${closure};return ${own}})()`;
  }

  protected override arrow(node: ArrowFunctionExpression): string {
    if (node.async) this.refuse('makes an asynchronous function', node);
    const simple = node.params.every(({ type }) => type === 'Identifier');
    if (simple && node.expression) {
      const names = node.params.map((parameter) =>
        parameter.type === 'Identifier' ? this.#local(parameter.name) : '',
      );
      return `$.arrow((${names.join()})=>${this.expression(node.body)})`;
    }
    // Arguments by name are those of the function around; its own are taken by position.
    const own = this.temporary();
    const parameters = this.#parameters(node.params, own);
    return `$.arrow((...${own})=>{${parameters}${this.#body({ ...node, params: [] })}})`;
  }

  #declaration(node: VariableDeclaration): string {
    if (node.kind !== 'var' && node.kind !== 'let' && node.kind !== 'const') this.refuse('uses using', node);
    const { kind } = node;
    return node.declarations
      .map(({ id, init }) => {
        if (init) return this.#declare(kind, id, this.expression(init));
        return id.type === 'Identifier' ? `${kind} ${this.#local(id.name)};` : '';
      })
      .join('');
  }

  /** An expression whose value nobody wants. */
  #effect(node: Expression): string {
    if (node.type === 'UpdateExpression') return this.#update(node, true);
    if (node.type === 'SequenceExpression') return `(${node.expressions.map((part) => this.#effect(part)).join()})`;
    return this.expression(node);
  }

  #block(statements: readonly Statement[]): string {
    return `{${statements.map((statement) => this.#statement(statement, false)).join('')}}`;
  }

  #statement(node: AnyNode, isTop: boolean): string {
    switch (node.type) {
      case 'EmptyStatement':
        return ';';
      case 'ExpressionStatement':
        return 'directive' in node && node.directive !== undefined ? '' : `${this.#effect(node.expression)};`;
      case 'BlockStatement':
        return this.#block(node.body);
      case 'VariableDeclaration':
        return this.#declaration(node);
      case 'FunctionDeclaration':
        // In a block, sloppy code has it twice: in the block and in the function.
        return isTop ? '' : this.refuse('declares a function in a block', node);
      case 'ReturnStatement':
        return node.argument ? `return ${this.expression(node.argument)};` : 'return;';
      case 'IfStatement': {
        const otherwise = node.alternate ? `else{${this.#statement(node.alternate, false)}}` : '';
        return `if($.test(${this.expression(node.test)})){${this.#statement(node.consequent, false)}}${otherwise}`;
      }
      case 'ForStatement':
        return this.#for(node.init, node.test, node.update, node.body);
      case 'ForOfStatement':
        if (node.await) this.refuse('awaits', node);
        return this.#each(node.left, `$.iterator(${this.expression(node.right)})`, node.body);
      case 'ForInStatement':
        return this.#each(node.left, `$.keysIn(${this.expression(node.right)})`, node.body);
      case 'WhileStatement':
        return `while($.turn(${this.expression(node.test)})){${this.#statement(node.body, false)}}`;
      case 'DoWhileStatement':
        return `do{${this.#statement(node.body, false)}}while($.turn(${this.expression(node.test)}));`;
      case 'SwitchStatement': {
        const cases = node.cases.map(({ test, consequent }) => {
          const label = test ? `case $.plain(${this.expression(test)}):` : 'default:';
          return `${label}${consequent.map((statement) => this.#statement(statement, false)).join('')}`;
        });
        return `switch($.plain(${this.expression(node.discriminant)})){${cases.join('')}}`;
      }
      case 'ThrowStatement':
        return `throw $.plain(${this.expression(node.argument)});`;
      case 'TryStatement':
        return this.#try(node.block, node.handler?.param, node.handler?.body, node.finalizer);
      case 'LabeledStatement':
        return `${this.#local(node.label.name)}:${this.#statement(node.body, false)}`;
      case 'BreakStatement':
      case 'ContinueStatement': {
        const word = node.type === 'BreakStatement' ? 'break' : 'continue';
        return `${word}${node.label ? ` ${this.#local(node.label.name)}` : ''};`;
      }
      default:
        return this.refuse(`has a ${node.type}`, node);
    }
  }

  #for(
    init: VariableDeclaration | Expression | null | undefined,
    test: Expression | null | undefined,
    update: Expression | null | undefined,
    body: Statement,
  ): string {
    const turn = `$.turn(${test ? this.expression(test) : 'true'})`;
    const rest = `;${turn};${update ? this.#effect(update) : ''}){${this.#statement(body, false)}}`;
    if (init?.type !== 'VariableDeclaration') return `for(${init ? this.#effect(init) : ''}${rest}`;
    const plain = init.declarations.every(({ id }) => id.type === 'Identifier');
    if (!plain || (init.kind !== 'let' && init.kind !== 'const' && init.kind !== 'var')) {
      return this.refuse('takes a value apart in the head of a loop', init);
    }
    const heads = init.declarations.map(({ id, init: value }) => {
      const name = id.type === 'Identifier' ? this.#local(id.name) : '';
      return value ? `${name}=${this.expression(value)}` : name;
    });
    return `for(${init.kind} ${heads.join()}${rest}`;
  }

  #each(left: VariableDeclaration | Pattern, iterator: string, body: Statement): string {
    const next = this.temporary();
    const value = this.temporary();
    let bind: string;
    if (left.type === 'VariableDeclaration') {
      const [declared] = left.declarations;
      if (declared === undefined || (left.kind !== 'let' && left.kind !== 'const' && left.kind !== 'var')) {
        return this.refuse('uses using', left);
      }
      bind = this.#declare(left.kind, declared.id, value);
    } else if (left.type === 'Identifier' || left.type === 'MemberExpression') {
      bind = `${this.#store(left, value)};`;
    } else {
      const parts: string[] = [];
      this.#take(left, value, (target, part) => parts.push(this.#store(target, part)), parts);
      bind = `${parts.join(';')};`;
    }
    return `for(let ${next}=${iterator},${value};$.turn((${value}=${next}())!==$.end);){${bind}{${this.#statement(body, false)}}}`;
  }

  /** What Davylamp throws to stop an evaluation is none of the function's business. */
  #try(
    block: BlockStatement,
    parameter: Pattern | null | undefined,
    handler: BlockStatement | undefined,
    finalizer: BlockStatement | null | undefined,
  ): string {
    let code = `try${this.#block(block.body)}`;
    if (handler) {
      const error = this.temporary();
      const bind = parameter ? this.#declare('let', parameter, error) : '';
      code += `catch(${error}){$.caught(${error});${bind}${this.#block(handler.body)}}`;
    }
    if (!finalizer) return code;
    const error = this.temporary();
    const ours = this.temporary();
    const inner = handler ? `{${code}}` : this.#block(block.body);
    return `{let ${ours}=false;try${inner}catch(${error}){${ours}=$.isOurs(${error});throw ${error}}finally{if(!${ours})${this.#block(finalizer.body)}}}`;
  }
}
