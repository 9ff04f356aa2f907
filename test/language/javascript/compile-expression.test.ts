import { describe, expect, it } from 'vitest';
import { ExpressionError } from '../../../src/expression/expression-error.ts';
import { compileExpression } from '../../../src/language/javascript/compile-expression.ts';
import { evaluate } from '../../runtime/node/application/probe/evaluate.ts';

describe('names that a bundler changed', () => {
  const rename = (name: string) => ({ order: 'e', limit: 'orders_1.limit', items: 't' })[name] ?? name;

  it('are those of the running code, also inside arrow functions', () => {
    const variables = { e: { id: 7, items: [{ id: 7 }, { id: 8 }] }, orders_1: { limit: 5 }, t: [1] };
    expect(evaluate('order.id > limit', variables, {}, rename)).toBe(true);
    expect(evaluate('order.items.filter((e) => e.id === order.id)', variables, {}, rename)).toEqual([{ id: 7 }]);
    expect(evaluate('items.map((item) => item + limit)', variables, {}, rename)).toEqual([6]);
    expect(evaluate('({ order }).order.id', variables, {}, rename)).toBe(7);
  });

  it('never are those of parameters or properties', () => {
    expect(evaluate('[1].map((order) => order)', {}, {}, rename)).toEqual([1]);
    expect(evaluate('({ items: 3 }).items', {}, {}, rename)).toBe(3);
  });

  it('cannot be the name of the guard', () => {
    expect(() => compileExpression('order.id', () => '$')).toThrow(ExpressionError);
  });
});

describe('what a compiled expression says of itself', () => {
  it.each([
    ['$return > 1', { usesReturn: true, usesError: false }],
    ['$error?.message', { usesReturn: false, usesError: true }],
    ['order.$return', { usesReturn: false, usesError: false }],
    ['$trace', { usesReturn: false, usesError: false }],
  ])('%s', (source, want) => {
    expect(compileExpression(source)).toMatchObject(want);
  });
});

it('this and the arguments are those of the line', () => {
  const { source } = compileExpression('this.id + arguments[0] + [1].map((x) => x + this.id)[0]');
  const at = new Function('$', `return ($ => ${source})($)`);
  expect(source).not.toContain('function');
  expect(at.length).toBe(1);
});

it('an own name of the text cannot be taken for one of ours', () => {
  expect(evaluate('[1].map((x) => x + $_0 + $_1)', { $_0: 10, $_1: 20 })).toEqual([31]);
});
