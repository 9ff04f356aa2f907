import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: expressions are text here
const WANT: Record<string, object> = {
  'order.id + 1': { type: 'number', text: '8' },
  'order?.items?.[1].price': { type: 'number', text: '50' },
  '`${order.id}:${order.items.length}`': { type: 'string', text: '7:2' },
  'order.prices.size + order.tags.size': { type: 'number', text: '2' },
  '[[1, 2], 3]': { type: 'array', size: 2, items: [{ items: [{ text: '1' }, { text: '2' }] }, { text: '3' }] },
  '({ a: 1 })': { type: 'object', fields: [{ name: 'a', value: { text: '1' } }] },
  'order.password': { notCaptured: 'redacted' },
  'order instanceof Object': { type: 'boolean', text: 'true' },
  '"id" in order': { type: 'boolean', text: 'true' },
  'typeof order': { type: 'string', text: 'object' },
  '((x, [y]) => x + y)(1, [2])': { type: 'number', text: '3' },
  'order.total(2)': {
    fields: [
      { name: 'error', value: { text: '220' } },
      { name: 'second', value: { items: [{ text: '220' }, { text: '1' }] } },
    ],
  },
};
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: expressions are text here

it('a program that spoils every builtin afterwards changes nothing, and none of what it put there runs', () => {
  const program = fileURLToPath(new URL('poisoned-program.ts', import.meta.url));
  const output = execFileSync(process.execPath, [program, ...Object.keys(WANT)], { encoding: 'utf8' });
  const { evaluated, captured, variables, ran } = JSON.parse(output);
  expect(ran).toEqual([]);
  expect(evaluated).toMatchObject(Object.values(WANT));
  expect(captured).toMatchObject([
    {
      className: 'Order',
      fields: [
        { name: 'id', value: { text: '7' } },
        { name: 'items', value: { items: [{ fields: [{ name: 'price' }] }, { fields: [{ name: 'price' }] }] } },
        { name: 'tags', value: { type: 'set', items: [{ text: 'new' }] } },
        { name: 'prices', value: { type: 'map', entries: [[{ text: 'lamp' }, { text: '60' }]] } },
        { name: 'password', value: { notCaptured: 'redacted' } },
      ],
    },
    { type: 'error', className: 'TypeError', text: 'boom' },
    { type: 'date', text: '1970-01-01T00:00:00.000Z' },
    { type: 'regexp', text: '/a/g' },
    { type: 'buffer', text: '6162' },
    { type: 'typedarray', size: 2 },
    { type: 'symbol', text: 'Symbol(s)' },
    { type: 'bigint', text: '5' },
    { type: 'proxy' },
  ]);
  expect(variables).toMatchObject([{ name: 'order' }, { name: 'count', value: { text: '1' } }]);
});
