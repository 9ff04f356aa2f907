import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyzeScript } from '../../../../../../src/runtime/node/worker/sources/analysis/analyze-script.ts';
import {
  decodeScopes,
  type GeneratedRange,
} from '../../../../../../src/runtime/node/worker/sources/maps/map-scopes.ts';
import { SourceMap } from '../../../../../../src/runtime/node/worker/sources/maps/source-map.ts';
import {
  nameFunction,
  renameFunction,
  renameVariables,
} from '../../../../../../src/runtime/node/worker/sources/names/captured-names.ts';
import { namesAt } from '../../../../../../src/runtime/node/worker/sources/names/names-at.ts';
import { ScriptNames } from '../../../../../../src/runtime/node/worker/sources/names/script-names.ts';
import { encodeScopes, type Range, type Scope } from './encode-scopes.ts';

const offset = { line: 0, column: 0 };

describe('the scopes of a source map', () => {
  test('are those that the text of the proposal says', () => {
    // A module with x and z, and a function z with message and y, which is there as itself and inlined.
    const scopes = ['BCAAA,DCC,BHBKEG,DEC,CDB,CBR'];
    const names = ['module', 'x', 'z', 'function', 'message', 'y', '_x', '_z', '_m', '_y', '"Hello"', '2'];
    const ranges = 'ECAAA,GHI,EHBQAC,GJK,FDB,EDBAAA,GLM,IAFA,Fc,FA';
    const [outer, ...others] = decodeScopes({ names, scopes, ranges, offset });
    expect(others).toEqual([]);
    expect(outer).toMatchObject({ start: { line: 0, column: 0 }, end: { line: 5, column: 28 }, frame: 'none' });
    expect(outer?.definition?.variables).toEqual(['x', 'z']);
    expect(outer?.children).toMatchObject([
      { start: { line: 1, column: 16 }, end: { line: 4, column: 1 }, frame: 'original', definition: { name: 'z' } },
      { start: { line: 5, column: 0 }, end: { line: 5, column: 28 }, frame: 'none' },
    ]);
    expect(outer?.children.map(({ bindings }) => bindings.map(([one]) => one?.expression))).toEqual([
      ['_m', '_y'],
      ['"Hello"', '2'],
    ]);
  });

  test('may end variables, and go on in other sources and lines', () => {
    const ranges = 'ECAAA,GCA,HABCAADB,FE,EDCACA,FB,E/A';
    expect(() => decodeScopes({ names: ['a', 'b'], scopes: ['BAAA,DAC,CBA', 'BAAA,CAA'], ranges, offset })).toThrow();
    const whole = ranges.replace(',E/A', '');
    const decoded = decodeScopes({ names: ['a', 'b'], scopes: ['BAAA,DAC,CBA', 'BAAA,CAA'], ranges: whole, offset });
    expect(decoded[0]?.bindings[0]).toEqual([
      { from: { line: 0, column: 0 }, expression: 'b' },
      { from: { line: 1, column: 2 }, expression: undefined },
      { from: { line: 1, column: 5 }, expression: 'a' },
    ]);
    expect(decoded[1]).toMatchObject({ start: { line: 2, column: 0 }, end: { line: 2, column: 1 } });
  });

  const text = fc.constantFrom('a', 'b', 'c', 'order', 'total', 'limit');
  const { tree: scope } = fc.letrec<{ tree: Scope }>((tie) => ({
    tree: fc.record({
      name: fc.option(text, { nil: undefined }),
      isStackFrame: fc.boolean(),
      variables: fc.array(text, { maxLength: 4 }),
      children: fc.oneof({ maxDepth: 3 }, fc.constant<Scope[]>([]), fc.array(tie('tree'), { maxLength: 2 })),
    }),
  }));
  const step = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 70 }));
  interface Shape {
    steps: [number, number][];
    definition?: [number, number];
    frame?: 'original' | 'hidden';
    bindings: (string | null)[];
    later: { index: number; step: [number, number]; expression: string | null }[];
    children: Shape[];
  }
  const expression = fc.option(text, { nil: null });
  const { tree: shape } = fc.letrec<{ tree: Shape }>((tie) => ({
    tree: fc.record({
      steps: fc.array(step, { minLength: 2, maxLength: 2 }),
      definition: fc.option(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 50 })), { nil: undefined }),
      frame: fc.constantFrom<Shape['frame'][]>(undefined, 'original', 'hidden'),
      bindings: fc.array(expression, { minLength: 1, maxLength: 4 }),
      later: fc.array(fc.record({ index: fc.constant(0), step, expression }), { maxLength: 2 }),
      children: fc.oneof({ maxDepth: 3 }, fc.constant<Shape[]>([]), fc.array(tie('tree'), { maxLength: 2 })),
    }),
  }));

  const flat = (scopes: readonly Scope[]): Scope[] => scopes.flatMap((one) => [one, ...flat(one.children ?? [])]);

  const sourcesAndRanges = [
    fc.array(fc.array(scope, { minLength: 1, maxLength: 2 }), { minLength: 3, maxLength: 3 }),
    fc.array(shape, { maxLength: 3 }),
  ] as const;

  /** Each position after the one before. */
  function placed(sources: readonly Scope[][], shapes: readonly Shape[]): Range[] {
    let at: [number, number] = [0, 0];
    const stepped = ([line, column]: readonly [number, number], [lines, columns]: readonly [number, number] = [0, 0]) =>
      [line + lines, lines === 0 ? column + columns : columns] as [number, number];
    const place = ({ steps, definition, frame, bindings, later, children }: Shape): Range => {
      at = stepped(at, steps[0]);
      const start = at;
      let from = start;
      const [source, index] = definition ?? [];
      const count = flat(sources[source ?? 0] ?? []).length;
      const range = {
        start,
        definition: source === undefined || index === undefined ? undefined : ([source, index % count] as const),
        frame,
        bindings,
        later: later.map(({ index, step, expression }) => {
          from = stepped(from, step);
          return { index, from, expression };
        }),
        children: children.map(place),
      };
      at = stepped(at, steps[1]);
      return { ...range, end: at };
    };
    return shapes.map(place);
  }

  const roundTrip = fc.property(...sourcesAndRanges, (sources, shapes) => {
    const ranges = placed(sources, shapes);
    const pair = ({ line, column }: { line: number; column: number }) => [line, column];
    const seen = ({ start, end, definition, frame, bindings, children }: GeneratedRange): unknown => ({
      at: [pair(start), pair(end)],
      definition: definition && [definition.name, definition.isStackFrame, definition.variables],
      frame,
      bindings: bindings.map((list) => list.map((one) => [pair(one.from), one.expression ?? null])),
      children: children.map(seen),
    });
    const wanted = ({ start, end, definition, frame, bindings = [], later = [], children = [] }: Range): unknown => {
      const own = definition && flat(sources[definition[0]] ?? [])[definition[1]];
      return {
        at: [start, end],
        definition: own && [own.name, own.isStackFrame, own.variables],
        frame: frame ?? 'none',
        bindings: bindings.map((first, index) => [
          [start, first],
          ...later.filter((one) => one.index === index).map((one) => [one.from, one.expression]),
        ]),
        children: children.map(wanted),
      };
    };
    expect(decodeScopes({ ...encodeScopes(sources, ranges), offset }).map(seen)).toEqual(ranges.map(wanted));
  });

  test('are read as they were written', () => fc.assert(roundTrip));

  const letters = fc.array(fc.constantFrom(...'ABCDEFGHI/,g9'), { maxLength: 40 });

  test('that are none are refused at once', () =>
    fc.assert(
      fc.property(letters, letters, (scopes, ranges) => {
        for (const scope of [scopes.join(''), 'BAAA,DAA,CAA']) {
          try {
            decodeScopes({ names: ['a', 'b'], scopes: [scope], ranges: ranges.join(''), offset });
          } catch (error) {
            expect(String(error)).toMatch(/^(?:SyntaxError|RangeError): /);
          }
        }
      }),
    ));
});

const SOURCE = `const limit = 3;
function place(order, rate) {
  const password = order.key;
  const folded = 2;
  const gone = 1;
  return check(order) && password;
}
function check(item) { return item.ok; }
`;
const CODE = `const a={l:3};\nfunction b(c,d){let e=c.k;const f=2;\nif(c.ok)return e;a,b}\n`;
const SCOPES: Scope[] = [
  {
    variables: ['limit', 'place', 'check'],
    children: [
      { name: 'place', isStackFrame: true, variables: ['order', 'rate', 'password', 'folded', 'gone'] },
      { name: 'check', isStackFrame: true, variables: ['item'] },
    ],
  },
];
const RANGES: Range[] = [
  {
    ...{ start: [0, 0], end: [3, 0], definition: [0, 0], bindings: ['a.l', 'b', null] },
    children: [
      {
        ...{ start: [1, 10], end: [2, 17], definition: [0, 1], frame: 'original' },
        ...{ bindings: ['c', 'd.rate', null, '2', null], later: [{ index: 2, from: [2, 0], expression: 'e' }] },
        children: [{ start: [2, 3], end: [2, 7], definition: [0, 2], bindings: ['c'] }],
      },
    ],
  },
];

function namesOf(changes: object = {}): ScriptNames {
  const analysis = analyzeScript(CODE, '/app/dist/main.js');
  if (analysis === undefined) throw new Error('not read');
  const scopes = encodeScopes([SCOPES], RANGES);
  const map = { version: 3, sources: ['../main.ts'], sourcesContent: [SOURCE], mappings: 'AAAA;AACA;AAIA' };
  const text = JSON.stringify({ ...map, ...scopes, ...changes });
  return new ScriptNames(analysis, new SourceMap(text, 'file:///app/dist/main.js', 'main.js.map'));
}

describe('names that the scopes of a map tell', () => {
  const names = namesOf();
  const site = { line: 2, column: 8 };

  test.each([
    ['order', 'c'],
    ['rate', 'd.rate'],
    ['limit', 'a.l'],
    ['place', 'b'],
    ['password', 'e'],
    ['console', 'console'],
  ])('%s is read as %s', (name, wanted) => {
    expect(namesAt(site, names)(name)).toBe(wanted);
  });

  test.each(['gone', 'folded', 'check'])('%s is not kept', (name) => {
    expect(() => namesAt(site, names)(name)).toThrow(`${name} is not kept by the bundler at this line`);
  });

  test('differ from place to place', () => {
    expect(() => namesAt({ line: 1, column: 20 }, names)('password')).toThrow('not kept');
    const inlined = namesAt({ line: 2, column: 4 }, names);
    expect(inlined('item')).toBe('c');
    expect(inlined('limit')).toBe('a.l');
    expect(names.map?.scopeNames?.read('order', { line: 2, column: 4 })).toBeUndefined();
  });

  test('hide what the source calls a secret', () => {
    expect(namesAt(site, names)('e')).toBeUndefined();
  });

  test('are those of captured variables and functions', () => {
    const field = (name: string) => ({ name, value: { type: 'number' as const, text: '1' } });
    const { locals, closure } = renameVariables(
      { locals: ['c', 'd', 'e', 'f'].map(field), closure: [field('b')] },
      names,
      site,
    );
    expect(locals?.map(({ name }) => name)).toEqual(['order', 'd', 'password', 'f']);
    expect(closure?.map(({ name }) => name)).toEqual(['place']);
    expect(renameFunction('b', names, site)).toBe('place');
    expect(nameFunction('(anonymous)', names, site)).toBe('place');
    expect(renameFunction('Object.b', names, { line: 2, column: 4 })).toBe('Object.place');
    expect(renameFunction('(anonymous)', names, { line: 0, column: 3 })).toBe('(anonymous)');
  });

  test('are left aside where the fields are malformed, or of an earlier draft', () => {
    for (const changes of [{ ranges: 'E' }, { scopes: 'BAAA,CAA' }, { scopes: [7] }, { ranges: 7 }, { scopes: null }]) {
      expect(namesOf(changes).map?.scopeNames).toBeUndefined();
    }
  });

  test('are those of the section of a bundle', () => {
    const map = { version: 3, sources: ['../main.ts'], sourcesContent: [SOURCE], mappings: 'AAAA' };
    const section = { offset: { line: 5, column: 7 }, map: { ...map, ...encodeScopes([SCOPES], RANGES) } };
    const text = JSON.stringify({ version: 3, sections: [section] });
    const whole = new SourceMap(text, 'file:///app/dist/main.js', 'main.js.map');
    expect(whole.scopeNames?.read('rate', { line: 7, column: 8 })).toBe('d.rate');
    expect(whole.scopeNames?.read('limit', { line: 5, column: 7 })).toBe('a.l');
    expect(whole.scopeNames?.read('limit', { line: 5, column: 6 })).toBeUndefined();
  });
});
