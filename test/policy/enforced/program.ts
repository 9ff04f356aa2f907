import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The line of the statement in each file that probes of the generators name. */
const LINE = 42;

/** Places of the program; in each, a variable `customer` has a value that no other place has. */
export const SITES = ['main', 'orders', 'payments', 'charge', 'router'] as const;
export type Site = (typeof SITES)[number];

export const markerOf = (site: Site): string => `seen-in-${site}`;

/** What two methods of `order` return: one that can be proven to change nothing, and one that must be watched while it runs. */
export const BY_PROOF = 'told-by-proof';
export const BY_WATCH = 'told-by-watch';

/** More of everything than any generated limit allows, and a text of its own in each place. */
const variables = (site: Site): string =>
  `const customer = '${markerOf(site)}', iban = 'DE-${site}', total = 7, { deep, wide, list, lookup, text } = values;`;

/** @param before the function's own lines before the statement at line 42. */
function source(
  head: readonly string[],
  before: readonly string[],
  statement: string,
  after: readonly string[],
): string {
  const blank = Array.from({ length: LINE - 1 - head.length - before.length }, () => '');
  return [...head, ...blank, ...before, statement, ...after, ''].join('\n');
}

const FILES: Readonly<Record<string, string>> = {
  'package.json': '{"type": "module"}',
  'node_modules/express/package.json': '{"type": "module", "name": "express", "exports": {"./*": "./lib/*"}}',
  'src/values.ts': [
    'const nested = (level) => (level === 0 ? { end: 1 } : { level, inner: nested(level - 1), near: [[[[level]]]] });',
    'const numbers = Array.from({ length: 60 }, (_, index) => index);',
    'export const values = {',
    '  deep: nested(9),',
    '  wide: Object.fromEntries(numbers.map((index) => ["field" + index, index])),',
    '  list: numbers,',
    '  lookup: new Map(numbers.map((index) => ["key" + index, new Set(numbers)])),',
    "  text: 'lorem '.repeat(80),",
    '};',
    'let rate = 1;',
    'export const setRate = (value) => { rate = value; };',
    'export class Order {',
    '  id = 7; orderId = 8;',
    `  total() { return '${BY_PROOF}'; }`,
    `  weigh() { return rate > 0 ? '${BY_WATCH}' : ''; }`,
    '}',
  ].join('\n'),
  'src/main.ts': [
    "import { createInterface } from 'node:readline';",
    "import { OrderService } from './orders.ts';",
    "import { Order, setRate, values } from './values.ts';",
    'const service = new OrderService();',
    'function run(times) {',
    `  ${variables('main')}`,
    '  for (let time = 0; time < times; time++) service.place(new Order());',
    '  return [customer, iban, total, deep, wide, list, lookup, text].length;',
    '}',
    "createInterface({ input: process.stdin }).on('line', (times) => {",
    '  run(Number(times));',
    '  setRate(1);',
    "  console.log('ran');",
    '});',
    "console.log('ready');",
  ].join('\n'),
  'src/orders.ts': source(
    ["import { charge } from './payments/charge.ts';", "import { values } from './values.ts';"],
    ['export class OrderService {', '  place(order) {', `    ${variables('orders')}`],
    '    const done = charge(order);',
    ['    return [done, customer, iban, total, deep, wide, list, lookup, text].length;', '  }', '}'],
  ),
  'src/payments/charge.ts': source(
    [
      "import { handle } from 'express/router.js';",
      "import { values } from '../values.ts';",
      'export class Payments {',
      '  constructor(order) {',
      `    ${variables('payments')}`,
      '    this.size = [order, customer, iban, total, deep, wide, list, lookup, text].length;',
      '  }',
      '}',
    ],
    ['export function charge(order) {', `  ${variables('charge')}`, '  new Payments(order);'],
    '  const done = handle(order, values);',
    ['  return [done, customer, iban, total, deep, wide, list, lookup, text].length;', '}'],
  ),
  'node_modules/express/lib/router.js': source(
    [],
    ['export function handle(order, values) {', `  ${variables('router')}`],
    '  const done = order.id;',
    ['  return [done, customer, iban, total, deep, wide, list, lookup, text].length;', '}'],
  ),
};

/** Writes the files that the generated probes name. @returns the program that runs through all of them, as often as a line of its input says. */
export function writeProgram(directory: string): string {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return join(directory, 'src/main.ts');
}

/** The place where a result says that it was taken. */
export function siteOf(location: string): Site | undefined {
  const [, file, line] = /([^/]+):(\d+):\d+$/.exec(location) ?? [];
  if (file === 'main.ts') return 'main';
  if (file === 'orders.ts') return 'orders';
  if (file === 'router.js') return 'router';
  if (file === 'charge.ts') return Number(line) < 20 ? 'payments' : 'charge';
  return undefined;
}

/** What each pattern of the generators means here, written down by hand: nothing of the code under test is asked. */
export const MATCHES: Readonly<Record<'files' | 'functions' | 'packages', Readonly<Record<string, readonly Site[]>>>> =
  {
    files: {
      'src/**': ['main', 'orders', 'payments', 'charge'],
      'src/payments/*': ['payments', 'charge'],
      '*.ts': ['main', 'orders', 'payments', 'charge'],
      '**': SITES,
      'node_modules/**': ['router'],
    },
    functions: { 'Order*': ['orders'], '*': SITES, 'new *': ['payments'] },
    packages: { '*': ['router'], express: ['router'] },
  };
