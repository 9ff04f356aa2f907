// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions are text here
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { evaluate, outcome } from '../probe/evaluate.ts';

const CHARACTERS = 2 ** 26;
/** Bytes that an evaluation may take by itself. */
const FEW_BYTES = 2 ** 24;

const methods = Object.getOwnPropertyNames(String.prototype).filter((name) => /^[a-zA-Z]+$/.test(name));
const sources = [
  ...methods.flatMap((name) => [
    `rope.${name}`,
    ...['', '1', '"x"', 'rope', '/x/'].map((args) => `rope.${name}(${args})`),
  ]),
  ...[
    'rope.length',
    'rope[5]',
    'rope["5"]',
    'rope[-1]',
    'rope[rope]',
    'rope?.[5]',
    'rope.missing',
    'rope[Symbol.iterator]',
  ],
  ...[
    'rope === other',
    'rope == other',
    'rope == 5',
    'rope < other',
    'rope + other',
    'rope + 1',
    '+rope',
    '-rope',
    '~rope',
  ],
  ...['!rope', 'typeof rope', '5 in rope', 'rope in {}', '({})[rope]', '({ [rope]: 1 })', '[rope]', '({ rope })'],
  ...['[...rope]', '({ ...rope })', '(([first]) => first)(rope)', '(({ 5: fifth }) => fifth)(rope)'],
  ...['keys', 'values', 'entries', 'getOwnPropertyNames'].map((name) => `Object.${name}(rope)`),
  ...['Object.fromEntries(rope)', 'Object.assign({}, rope)', 'Object.is(rope, other)', 'Object.hasOwn(rope, 5)'],
  ...['Reflect.get(rope, 5)', 'Reflect.has(rope, 5)', 'Reflect.ownKeys(rope)', 'Array.from(rope)', 'Array.of(rope)'],
  ...[
    '[rope].join()',
    '[rope, other].join("-")',
    '[rope].includes(other)',
    '[rope].indexOf(other)',
    '[rope, other].toSorted()',
  ],
  ...[
    'JSON.stringify(rope)',
    'JSON.stringify({ rope })',
    'JSON.parse(rope)',
    'Math.max(rope)',
    'String(rope)',
    '`a${rope}`',
  ],
  ...[
    'Number(rope)',
    'parseInt(rope)',
    'parseFloat(rope)',
    'isNaN(rope)',
    'BigInt(rope)',
    'Boolean(rope)',
    'Symbol(rope)',
  ],
  ...['encodeURIComponent(rope)', 'decodeURIComponent(rope)', 'encodeURI(rope)', 'decodeURI(rope)', 'Date.parse(rope)'],
  ...[
    '/x/.test(rope)',
    '/x/.exec(rope)',
    'new RegExp(rope)',
    'new Date(rope)',
    'new Set(rope)',
    'new Set([rope])',
    'new Error(rope)',
  ],
  ...[
    'Buffer.from(rope)',
    'Buffer.byteLength(rope)',
    'new Map([[rope, 1]])',
    'new Map([["a", 1]]).get(rope)',
    'new Set(["a"]).has(rope)',
  ],
  ...['own(rope)', 'own({ rope })', 'holder.own(rope)', 'holder.get(rope)', 'holder.header(rope)'],
];

/** Functions of an application. */
const own = (text: unknown) => text;
const holder = { own, get: own, header: own };

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

describe('V8 copies no string of sixty million characters, which nothing could stop, for', () => {
  it.each(sources)('%s', (source) => {
    // Made anew, as a copy stays.
    const rope = 'h'.repeat(CHARACTERS);
    const other = `${'h'.repeat(CHARACTERS - 1)}i`;
    collect();
    const before = process.memoryUsage().heapUsed;
    outcome(() => evaluate(source, { rope, other, own, holder }));
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(FEW_BYTES);
  });
});
