import type {
  AnyNode,
  ArrayExpression,
  ArrowFunctionExpression,
  CallExpression,
  Expression,
  Identifier,
  MemberExpression,
  ObjectExpression,
  Pattern,
  Property,
  SpreadElement,
  UnaryExpression,
} from 'acorn';
import { ExpressionError } from '../../expression/expression-error.ts';
import { isRedactedName } from '../../redaction/identifiers.ts';
import { OFFERED_NAMES } from './check-expression.ts';
import { parseExpression } from './parse-expression.ts';

/**
 * How a variable of the line is read: by a name, or a path such as `orders_1.limit`; undefined where it is to be hidden. `left` is the
 * name of a variable whose scope V8 has left there; `member` is read from the variable `module`, if the module has it.
 */
export type Reading = string | Left | Member | undefined;

interface Left {
  readonly left: string;
}

interface Member {
  readonly module: string;
  readonly member: string;
}

/** What names of the source are called in the running code. */
export interface Names {
  readonly rename: (identifier: string) => Reading;
  /** Private fields and methods of the class around the line, without their `#`; never accessors. */
  readonly privateFields: Pick<ReadonlyMap<string, string | CompiledField>, 'get'>;
}

/** A private field that a compiler keeps in a WeakMap. */
export interface CompiledField {
  readonly weakMap: string;
  /** Whether the value is in `{ writable: true, value }`. */
  readonly isDescriptor: boolean;
}

/** Global constants that are not looked up through an accessor. */
export const CONSTANTS: ReadonlySet<string> = new Set(['undefined', 'NaN', 'Infinity']);

type Continue = (code: string) => string;

/** One compilation of an expression: the renamed names of the scope, the parameters in force, and what was used. */
export class ExpressionCompiler {
  readonly used = new Set<string>();
  /** Variables that are read although V8 has left their scope. */
  readonly left = new Set<string>();
  /** What generated names begin with. No name in the source does. */
  protected readonly prefix: string;
  readonly #names: Names;
  /** Parameters get names of their own: a minified variable of the line may have the name that somebody chose here. */
  #parameters: ReadonlyMap<string, string> = new Map();
  #temporaries = 0;

  constructor(source: string, names: Names) {
    this.#names = names;
    let prefix = '$_';
    while (source.includes(prefix)) prefix += '_';
    this.prefix = prefix;
  }

  expression(node: AnyNode): string {
    switch (node.type) {
      case 'Literal':
        return `(${node.raw})`;
      case 'ThisExpression':
        return this.self(node);
      case 'Identifier':
        return this.identifier(node);
      case 'TemplateLiteral': {
        const texts = node.quasis.map((quasi) => JSON.stringify(quasi.value.cooked ?? ''));
        return `$.template([${texts.join()}],[${node.expressions.map((part) => this.expression(part)).join()}])`;
      }
      case 'ArrayExpression':
        return this.#array(node);
      case 'ObjectExpression':
        return this.#object(node);
      case 'UnaryExpression':
        return this.unary(node);
      case 'BinaryExpression':
        return `$.binary(${JSON.stringify(node.operator)},${this.expression(node.left)},${this.expression(node.right)})`;
      case 'LogicalExpression': {
        const operation = { '&&': 'and', '||': 'or', '??': 'coalesce' }[node.operator];
        return `$.${operation}(${this.expression(node.left)},()=>${this.expression(node.right)})`;
      }
      case 'ConditionalExpression':
        return `$.conditional(${this.expression(node.test)},()=>${this.expression(node.consequent)},()=>${this.expression(node.alternate)})`;
      case 'SequenceExpression':
        return `(${node.expressions.map((part) => this.expression(part)).join()})`;
      case 'ChainExpression':
      case 'MemberExpression':
      case 'CallExpression':
        return this.#chain(node, (code) => code);
      case 'NewExpression':
        return `$.construct(${this.expression(node.callee)},${this.#list(node.arguments)},${this.nameOf(node.callee)})`;
      case 'ParenthesizedExpression':
        return this.expression(node.expression);
      case 'ArrowFunctionExpression':
        return this.arrow(node);
      default:
        return this.refuse(`${node.type} cannot be used in an expression`, node);
    }
  }

  /** As `expression`, but a variable or a property with a redacted name is handed on, sealed, instead of a marker for it. */
  hidden(node: AnyNode): string {
    if (node.type === 'ParenthesizedExpression') return this.hidden(node.expression);
    if (node.type === 'Identifier' && isRedactedName(node.name) && !OFFERED_NAMES.has(node.name)) {
      return `$.hidden(${this.#outer(node.name, (read) => read)})`;
    }
    if (node.type !== 'MemberExpression' || node.optional) return this.expression(node);
    const { property } = node;
    const key = node.computed ? property.type === 'Literal' && property.value : 'name' in property && property.name;
    if (typeof key !== 'string' || property.type === 'PrivateIdentifier' || !isRedactedName(key)) {
      return this.expression(node);
    }
    return `$.hiddenOf(${this.expression(node.object)},${JSON.stringify(key)})`;
  }

  protected refuse(message: string, node: AnyNode): never {
    throw new ExpressionError('ExpressionInvalid', message, node.start);
  }

  protected temporary(): string {
    return `${this.prefix}${this.#temporaries++}`;
  }

  protected self(_node: AnyNode): string {
    return 'this';
  }

  protected identifier({ name }: Identifier): string {
    if (OFFERED_NAMES.has(name)) {
      this.used.add(name);
      return `$.${name}`;
    }
    if (CONSTANTS.has(name) || name === 'arguments') return name;
    if (isRedactedName(name)) return '$.redacted';
    return this.#parameters.get(name) ?? this.#outer(name, (read) => read);
  }

  /** Reads a variable of the line. A global variable may be an accessor: that is checked first, and an accessor is never run. */
  #outer(name: string, read: Continue): string {
    const renamed = this.#names.rename(name);
    if (renamed === undefined) return '$.redacted';
    if (typeof renamed === 'object' && 'member' in renamed) {
      const module = `($.accessor(${JSON.stringify(renamed.module)})?$.getter:${renamed.module})`;
      const key = JSON.stringify(renamed.member);
      const missing = JSON.stringify(`${name} is not in the running code`);
      return read(`$.conditional($.binary("in",${key},${module}),()=>$.get(${module},${key}),()=>{throw ${missing}})`);
    }
    if (typeof renamed === 'object') {
      this.left.add(renamed.left);
      return read(`$.left(${JSON.stringify(renamed.left)})`);
    }
    if (renamed === '$') {
      throw new ExpressionError('ExpressionInvalid', `${name} is called $ in the running code and cannot be read`, 0);
    }
    if (renamed === name || /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(renamed)) {
      return `($.accessor(${JSON.stringify(renamed)})?$.getter:${read(renamed)})`;
    }
    const path = new ExpressionCompiler(renamed, { rename: (identifier) => identifier, privateFields: new Map() });
    return path.expression(parseExpression(renamed));
  }

  protected unary(node: UnaryExpression): string {
    const { argument } = node;
    if (node.operator === 'typeof' && argument.type === 'Identifier' && !this.#parameters.has(argument.name)) {
      const { name } = argument;
      if (!OFFERED_NAMES.has(name) && !CONSTANTS.has(name) && name !== 'arguments' && !isRedactedName(name)) {
        const read = this.#outer(name, (variable) => `(typeof ${variable}==="undefined"?void 0:${variable})`);
        return `$.unary("typeof",${read})`;
      }
    }
    return `$.unary(${JSON.stringify(node.operator)},${this.expression(argument)})`;
  }

  #list(elements: readonly (Expression | SpreadElement | null)[] | ArrayExpression['elements']): string {
    const spread = elements.flatMap((element, index) => (element?.type === 'SpreadElement' ? [index] : []));
    const codes = elements.map((element) => {
      if (element === null) return 'void 0';
      return this.expression(element.type === 'SpreadElement' ? element.argument : element);
    });
    return spread.length === 0 ? `[${codes.join()}]` : `$.spread([${codes.join()}],[${spread.join()}])`;
  }

  /** An array literal. The array belongs to the expression, so it may be sorted in place. */
  #array(node: ArrayExpression): string {
    const list = this.#list(node.elements);
    return list.startsWith('$') ? list : `$.spread(${list},[])`;
  }

  #object(node: ObjectExpression): string {
    const own = node.properties.filter((property) => !hasNoPrototype(property));
    const parts = own.map((property) => {
      if (property.type === 'SpreadElement') return `[${this.expression(property.argument)}]`;
      if (property.kind !== 'init') this.refuse('an object here may only have plain values', property);
      return `[${this.keyOf(property)},${this.expression(property.value)}]`;
    });
    return `$.object([${parts.join()}]${own.length < node.properties.length ? ',true' : ''})`;
  }

  /** Key of a property in an object or a pattern. */
  protected keyOf({ key, computed }: Pick<Property, 'key' | 'computed'>): string {
    if (computed) return this.expression(key);
    return JSON.stringify(key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : '');
  }

  /**
   * Members and calls. What follows a `?.` is handed on as a continuation, since all of it is skipped when the value before
   * is null or undefined.
   */
  #chain(node: AnyNode, then: Continue): string {
    if (node.type === 'ChainExpression') return then(this.#chain(node.expression, (code) => code));
    if (node.type === 'MemberExpression') {
      const special = this.special(node);
      if (special !== undefined) return then(special);
      return this.#optional(node.object, node.optional, (object) => then(this.#member(object, node)));
    }
    if (node.type === 'CallExpression') return this.#call(node, then);
    return then(this.expression(node));
  }

  /** @returns code for a member that is not read by `$.get`, such as an item of `arguments`; undefined for all others. */
  protected special(_node: MemberExpression): string | undefined {
    return undefined;
  }

  #member(object: string, node: MemberExpression): string {
    const { property } = node;
    if (property.type !== 'PrivateIdentifier') {
      return `$.get(${object},${this.memberKey(node)},${this.nameOf(node.object)})`;
    }
    const name = JSON.stringify(`#${property.name}`);
    if (isRedactedName(property.name)) return '$.redacted';
    const field = this.#names.privateFields.get(property.name);
    if (field === undefined) {
      this.refuse(
        `#${property.name} is known only inside the class that declares it as a field or a method, and this line is not there`,
        property,
      );
    }
    if (typeof field === 'object') return fieldIn(field, object, `#${property.name}`);
    return `$.private(${object},${name},($o)=>#${field} in $o,($o)=>$o.#${field})`;
  }

  #optional(node: AnyNode, optional: boolean, then: Continue): string {
    return this.#chain(node, (code) => {
      if (!optional) return then(code);
      const value = this.temporary();
      return `$.optional(${code},(${value})=>${then(value)})`;
    });
  }

  #call(node: CallExpression, then: Continue): string {
    const callee = withoutParentheses(node.callee);
    const list = this.#list(node.arguments);
    const name = this.nameOf(callee);
    if (callee.type !== 'MemberExpression') {
      return this.#optional(callee, node.optional, (fn) => then(`$.invoke(${fn},void 0,${list},${name})`));
    }
    return this.#optional(callee.object, callee.optional, (object) => {
      if (!node.optional && callee.property.type !== 'PrivateIdentifier') {
        return then(`$.call(${object},${this.memberKey(callee)},${list},${name})`);
      }
      const self = this.temporary();
      const fn = this.temporary();
      const rest = then(`$.invoke(${fn},${self},${list},${name})`);
      const method = this.#member(self, callee);
      if (node.optional) return `((${self})=>$.optional(${method},(${fn})=>${rest}))(${object})`;
      return `((${self})=>((${fn})=>${rest})(${method}))(${object})`;
    });
  }

  protected memberKey(node: MemberExpression): string {
    if (node.computed) return this.expression(node.property);
    return JSON.stringify(node.property.type === 'Identifier' ? node.property.name : '');
  }

  /** The name of a value as people write it, as a string literal in generated code: for error messages like those of V8. */
  protected nameOf(node: AnyNode): string {
    return JSON.stringify(shownName(node));
  }

  /** Parameters that are patterns are taken apart by the guard, from left to right. */
  protected arrow(node: ArrowFunctionExpression): string {
    const outside = this.#parameters;
    const bind: { name: string; value: () => string }[] = [];
    const parameters = node.params.map((parameter) => {
      if (parameter.type === 'Identifier') return this.#parameter(parameter.name);
      const value = this.temporary();
      if (parameter.type === 'RestElement') {
        this.#bind(parameter.argument, () => value, bind);
        return `...${value}`;
      }
      this.#bind(parameter, () => value, bind);
      return value;
    });
    const body = this.#bound(bind, node.body);
    this.#parameters = outside;
    return `$.arrow((${parameters.join()})=>${body})`;
  }

  #bound(bind: readonly { name: string; value: () => string }[], body: AnyNode): string {
    const [first, ...rest] = bind;
    if (first === undefined) return this.expression(body);
    const value = first.value();
    const name = first.name.startsWith(this.prefix) ? first.name : this.#parameter(first.name);
    return `((${name})=>${this.#bound(rest, body)})(${value})`;
  }

  #parameter(name: string): string {
    const own = this.temporary();
    this.#parameters = new Map([...this.#parameters, [name, own]]);
    return own;
  }

  #bind(pattern: Pattern, value: () => string, bind: { name: string; value: () => string }[]): void {
    if (pattern.type === 'Identifier') {
      bind.push({ name: pattern.name, value });
    } else if (pattern.type === 'AssignmentPattern') {
      this.#bind(pattern.left, () => `$.fallback(${value()},()=>${this.expression(pattern.right)})`, bind);
    } else if (pattern.type === 'ArrayPattern') {
      const taken = this.temporary();
      bind.push({ name: taken, value: () => `$.list(${value()})` });
      pattern.elements.forEach((element, index) => {
        if (element?.type === 'RestElement') this.#bind(element.argument, () => `$.rest(${taken},${index})`, bind);
        else if (element) this.#bind(element, () => `$.element(${taken},${index})`, bind);
      });
    } else if (pattern.type === 'ObjectPattern') {
      const taken = this.temporary();
      bind.push({ name: taken, value });
      for (const property of pattern.properties) {
        if (property.type === 'RestElement') continue;
        this.#bind(property.value, () => `$.get(${taken},${this.keyOf(property)},"(parameter)")`, bind);
      }
    }
  }
}

function fieldIn({ weakMap, isDescriptor }: CompiledField, object: string, name: string): string {
  const map = `($.accessor(${JSON.stringify(weakMap)})?$.getter:${weakMap})`;
  const value = `$.call(${map},"get",[$o],"")`;
  const read = isDescriptor ? `$.get(${value},"value","")` : value;
  const missing = JSON.stringify(
    `TypeError: Cannot read private member ${name} from an object whose class did not declare it`,
  );
  return `(($o)=>$.conditional($.call(${map},"has",[$o],""),()=>${read},()=>{throw ${missing}}))(${object})`;
}

/** `__proto__: null` in an object. */
export function hasNoPrototype(property: AnyNode): boolean {
  if (property.type !== 'Property' || property.computed || property.shorthand || property.method) return false;
  const { key, value } = property;
  const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? key.value : undefined;
  return name === '__proto__' && value.type === 'Literal' && value.raw === 'null';
}

function shownName(node: AnyNode): string {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'ThisExpression') return 'this';
  if (node.type === 'ChainExpression' || node.type === 'ParenthesizedExpression') return shownName(node.expression);
  if (node.type === 'MemberExpression' && !node.computed) {
    if (node.property.type === 'Identifier') return `${shownName(node.object)}.${node.property.name}`;
    if (node.property.type === 'PrivateIdentifier') return `${shownName(node.object)}.#${node.property.name}`;
  }
  return '(intermediate value)';
}

/** `(a.b)()` is a call of a method like `a.b()`. */
function withoutParentheses(node: AnyNode): AnyNode {
  if (node.type !== 'ParenthesizedExpression') return node;
  const inner = withoutParentheses(node.expression);
  return inner.type === 'MemberExpression' ? inner : node;
}
