import { refuseHuge } from './builtins/number.ts';
import type { GuardedEvaluation, Primitive } from './guarded-evaluation.ts';
import { getPrototypeOf, isCallable, isObject, isProxy } from './intrinsics.ts';
import { isMarker, PROXY, Tainted } from './markers.ts';
import { hasProperty } from './read.ts';

const HAS_INSTANCE = Function.prototype[Symbol.hasInstance];
const MAX_EXPONENT = 4096n;
const MAX_EXPONENT_OF_LARGE = 64n;
const WORD = 2n ** 64n;

/** `==`; an object is converted by the guard before it is compared with a primitive. */
function looseEquals(evaluation: GuardedEvaluation, left: unknown, right: unknown): boolean {
  if (typeof left === 'string') evaluation.charge(left.length);
  if (typeof right === 'string') evaluation.charge(right.length);
  const isEmpty = left === null || left === undefined || right === null || right === undefined;
  // biome-ignore lint/suspicious/noDoubleEquals: it is the operator that was written
  if (isEmpty || isObject(left) === isObject(right)) return left == right;
  // biome-ignore lint/suspicious/noDoubleEquals: it is the operator that was written
  return evaluation.primitive(left, 'default') == evaluation.primitive(right, 'default');
}

/** An operator on two primitives, by the language's own rules and errors; no code of the application runs. */
function arithmetic(evaluation: GuardedEvaluation, operator: string, left: Primitive, right: Primitive): unknown {
  // The operators below are those of the language on any primitives, for which TypeScript wants numbers.
  const first = left as number;
  const second = right as number;
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    refuseHuge(left);
    refuseHuge(right);
    if (operator === '**' || operator === '<<' || operator === '>>') {
      const most = operator === '**' && (left > WORD || left < -WORD) ? MAX_EXPONENT_OF_LARGE : MAX_EXPONENT;
      if (right > most || right < -most) throw new RangeError('the number would have too many bits');
    }
  }
  if (typeof left === 'string') evaluation.charge(left.length);
  if (typeof right === 'string') evaluation.charge(right.length);
  switch (operator) {
    case '-':
      return first - second;
    case '*':
      return first * second;
    case '/':
      return first / second;
    case '%':
      return first % second;
    case '**':
      return first ** second;
    case '<<':
      return first << second;
    case '>>':
      return first >> second;
    case '>>>':
      return first >>> second;
    case '&':
      return first & second;
    case '|':
      return first | second;
    case '^':
      return first ^ second;
    case '<':
      return first < second;
    case '>':
      return first > second;
    case '<=':
      return first <= second;
    case '>=':
      return first >= second;
    default:
      throw new TypeError(`the operator ${operator} is not known`);
  }
}

function add(evaluation: GuardedEvaluation, left: Primitive, right: Primitive): unknown {
  if (typeof left === 'string' || typeof right === 'string') {
    const first = `${left as string}`;
    const second = `${right as string}`;
    evaluation.refuseLength(first.length + second.length);
    return first + second;
  }
  return (left as number) + (right as number);
}

function instanceOf(evaluation: GuardedEvaluation, value: unknown, type: unknown): unknown {
  if (!isObject(type)) throw new TypeError("Right-hand side of 'instanceof' is not an object");
  if (isProxy(type)) throw new Tainted(PROXY);
  const method = evaluation.get(type, Symbol.hasInstance);
  if (isMarker(method)) throw new Tainted(method);
  if (method !== undefined && method !== null && method !== HAS_INSTANCE) {
    return evaluation.truth(evaluation.invoke(method, type, [value], 'Symbol.hasInstance'));
  }
  if (!isCallable(type)) throw new TypeError("Right-hand side of 'instanceof' is not callable");
  if (!isObject(value)) return false;
  const prototype = evaluation.get(type, 'prototype');
  if (isMarker(prototype)) throw new Tainted(prototype);
  if (!isObject(prototype)) throw new TypeError('Function has non-object prototype in instanceof check');
  for (let holder: object = value; ; ) {
    if (isProxy(holder)) throw new Tainted(PROXY);
    const next = getPrototypeOf(holder);
    if (next === null) return false;
    if (next === prototype) return true;
    holder = next;
  }
}

/** A binary operator of the language. Neither operand may be a marker. */
export function binaryOperation(
  evaluation: GuardedEvaluation,
  operator: string,
  left: unknown,
  right: unknown,
): unknown {
  if (typeof left === 'string' && typeof right === 'string' && left.length === right.length)
    evaluation.charge(left.length);
  switch (operator) {
    case '===':
      return left === right;
    case '!==':
      return left !== right;
    case '==':
      return looseEquals(evaluation, left, right);
    case '!=':
      return !looseEquals(evaluation, left, right);
    case '+':
      return add(evaluation, evaluation.primitive(left, 'default'), evaluation.primitive(right, 'default'));
    case 'in': {
      if (!isObject(right))
        throw new TypeError("Cannot use 'in' operator to search for a key in a value that is no object");
      const found = hasProperty(right, evaluation.key(left));
      if (isMarker(found)) throw new Tainted(found);
      return found;
    }
    case 'instanceof':
      return instanceOf(evaluation, left, right);
    default: {
      const first = evaluation.primitive(left, 'number');
      return arithmetic(evaluation, operator, first, evaluation.primitive(right, 'number'));
    }
  }
}

export function unaryOperation(evaluation: GuardedEvaluation, operator: string, value: unknown): unknown {
  switch (operator) {
    case 'typeof':
      return typeof value;
    case 'void':
      return undefined;
    case '!':
      return !value;
    case '-': {
      const operand = evaluation.primitive(value, 'number');
      if (typeof operand === 'bigint') refuseHuge(operand);
      return -(operand as number);
    }
    case '+':
      return +(evaluation.primitive(value, 'number') as number);
    case '~': {
      const operand = evaluation.primitive(value, 'number');
      if (typeof operand === 'bigint') refuseHuge(operand);
      return ~(operand as number);
    }
    default:
      throw new TypeError(`the operator ${operator} is not known`);
  }
}
