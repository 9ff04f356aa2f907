import type { AnyNode, AssignmentExpression, Identifier, MemberExpression, Pattern, UpdateExpression } from 'acorn';
import { ExpressionCompiler, type Names } from '../../../../language/javascript/expression-compiler.ts';
import { isRedactedName } from '../../../../redaction/identifiers.ts';
import type { FunctionSource } from './function-source.ts';

export type Kind = 'const' | 'let' | 'var' | 'parameter';

/** The function whose body is compiled: names of its receiver and of its arguments in the generated code. */
export interface Frame {
  readonly self: string;
  readonly args: string;
  readonly isOuter: boolean;
  /** Name of its arguments as an object, where the body uses that. */
  argumentsObject?: string;
}

/** Variables, and what gives them their values: declarations, assignments, and patterns that take a value apart. */
export abstract class AssignmentCompiler extends ExpressionCompiler {
  protected readonly source: FunctionSource;
  protected frame: Frame;

  constructor(source: FunctionSource, names: Names) {
    super(source.text, names);
    this.source = source;
    this.frame = { self: this.temporary(), args: this.temporary(), isOuter: true };
  }

  protected isOwn(node: Identifier): boolean {
    return this.source.bindings.bindingOf.has(node);
  }

  protected local(name: string): string {
    return `${this.prefix}${name}`;
  }

  /** A variable of the function that may be assigned here, in generated code. */
  #assignable(node: Identifier): string {
    if (!this.isOwn(node)) this.refuse(`assigns the outer variable ${node.name}`, node);
    return this.local(node.name);
  }

  /** The object whose property is assigned. The guard checks when it runs whether that object may be changed. */
  #holder(node: MemberExpression): string {
    if (node.property.type === 'PrivateIdentifier' || node.object.type === 'Super') return this.expression(node);
    const { object } = node;
    // In sloppy code, that would assign its parameters, too.
    if (object.type === 'Identifier' && object.name === 'arguments' && !this.isOwn(object))
      this.refuse('assigns its arguments', node);
    return this.expression(object);
  }

  /** Name of what is assigned, for messages; with its line if it certainly belongs to the application. A string literal. */
  #assigned(node: MemberExpression): string {
    let root: AnyNode = node.object;
    while (root.type === 'MemberExpression' || root.type === 'ParenthesizedExpression') {
      root = root.type === 'MemberExpression' ? root.object : root.expression;
    }
    const isForeign =
      (root.type === 'ThisExpression' && this.frame.isOuter) || (root.type === 'Identifier' && !this.isOwn(root));
    const name = this.nameOf(node);
    return isForeign ? JSON.stringify(`${JSON.parse(name) as string}${this.lineOf(node)}`) : name;
  }

  /** ` (line 2)` of the function. */
  protected lineOf(node: AnyNode): string {
    const { text, shift } = this.source;
    return ` (line ${text.slice(0, node.start - shift).split('\n').length})`;
  }

  protected assignment(node: AssignmentExpression): string {
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
      const name = this.#assigned(left);
      if (plain === '') return `$.set(${place},${value},${name})`;
      return `$.update(${place},${JSON.stringify(plain)},()=>${value},${name})`;
    }
    const taken = this.temporary();
    const parts: string[] = [];
    this.take(left, taken, (target, value) => parts.push(this.store(target, value)), parts);
    return `((${taken})=>{${parts.join(';')};return ${taken}})(${this.expression(node.right)})`;
  }

  protected store(target: Pattern, value: string): string {
    if (target.type === 'Identifier') return `${this.#assignable(target)}=${value}`;
    if (target.type !== 'MemberExpression') return this.refuse('assigns to a strange pattern', target);
    return `$.set(${this.#holder(target)},${this.memberKey(target)},${value},${this.#assigned(target)})`;
  }

  /** @param isUnused whether the value of the expression is dropped. */
  protected update(node: UpdateExpression, isUnused: boolean): string {
    const { argument, prefix } = node;
    const by = node.operator === '++' ? 1 : -1;
    if (argument.type === 'Identifier') {
      if (isRedactedName(argument.name)) this.refuse(`computes with ${argument.name}`, argument);
      const own = this.#assignable(argument);
      if (prefix || isUnused) return `(${own}=$.step(${own},${by}))`;
      return `$.post(${own},${by},($v)=>{${own}=$v})`;
    }
    if (argument.type !== 'MemberExpression') return this.refuse('changes what is no variable', argument);
    return `$.bump(${this.#holder(argument)},${this.memberKey(argument)},${by},${prefix},${this.#assigned(argument)})`;
  }

  /**
   * Takes a value apart. `taken` is a variable that holds it; `parts` gets the statements that have to stand before.
   */
  protected take(
    pattern: Pattern,
    taken: string,
    bind: (target: Pattern, value: string) => void,
    parts: string[],
  ): void {
    const inner = (target: Pattern, value: string) => {
      const [within, whole] =
        target.type === 'AssignmentPattern'
          ? [target.left, `$.fallback(${value},()=>${this.expression(target.right)})`]
          : [target, value];
      if (within.type === 'Identifier' || within.type === 'MemberExpression') bind(within, whole);
      else {
        const next = this.temporary();
        parts.push(`let ${next}=${whole}`);
        this.take(within, next, bind, parts);
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

  /** A parameter that the body declares again becomes a `var`; others become a `let`, which cannot be read before it has a value. */
  #kindOf(kind: Kind, node: Identifier): 'const' | 'let' | 'var' {
    if (kind !== 'parameter') return kind;
    const binding = this.source.bindings.bindingOf.get(node);
    return binding?.isDeclaredAgain === false ? 'let' : 'var';
  }

  /** Statements that declare the names of a pattern and give them their values. */
  protected declarationOf(kind: Kind, pattern: Pattern, value: string): string {
    if (pattern.type === 'Identifier') return `${this.#kindOf(kind, pattern)} ${this.local(pattern.name)}=${value};`;
    const taken = this.temporary();
    const parts = [`let ${taken}=${value}`];
    this.take(
      pattern,
      taken,
      (target, part) => {
        if (target.type !== 'Identifier') this.refuse('declares a strange pattern', target);
        parts.push(`${this.#kindOf(kind, target)} ${this.local(target.name)}=${part}`);
      },
      parts,
    );
    return `${parts.join(';')};`;
  }
}
