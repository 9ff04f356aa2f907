import type { Random } from './random.ts';
import { assigned, cardNumber, type Planted, SECRET_NAMES, shaped, unshaped } from './secrets.ts';

/** One way to have a secret in a program: statements before the probe's line, and expressions that come close to it. */
export interface Plant {
  readonly statements: string;
  readonly secrets: readonly string[];
  readonly expressions: readonly string[];
  /** Secrets as hexadecimal digits. */
  readonly bytes?: readonly string[];
  /** What a log message has instead of an expression. */
  readonly message?: string;
  /** An expression that throws. */
  readonly throws?: string;
  /** Parameters of the function, and what it is called with. */
  readonly parameters?: readonly (readonly [name: string, value: string])[];
  /** Names to hide beyond those that always are. */
  readonly names?: readonly string[];
}

type Kind = (random: Random, id: string) => Plant;

export const text = (value: string): string => JSON.stringify(value);
const name = (random: Random): string => random.one(SECRET_NAMES);

/** Somewhere in a longer text, also across the place where captured texts are cut. */
export function somewhere(random: Random, { text: secret }: Planted): string {
  if (random.chance(30)) return secret;
  const before = random.chance(40) ? 'lorem ipsum '.repeat(random.below(24)) + ' '.repeat(random.below(12)) : 'see ';
  return `${before}${secret}${random.one(['', ' and more', ', then', '. '.repeat(150)])}`;
}

/** A text with a secret that is known by its shape, or by a name inside of the text. */
function anyText(random: Random): Planted & { whole: string } {
  const planted = random.chance(60) ? shaped(random) : assigned(random, name(random));
  return { ...planted, whole: somewhere(random, planted) };
}

export const ofObject = (object: string, key: string): string[] => [
  object,
  `${object}.${key}`,
  `${object}[${text(key.slice(0, 3))} + ${text(key.slice(3))}]`,
  `JSON.stringify(${object})`,
  `JSON.stringify([${object}], undefined, 2)`,
  `Object.values(${object})`,
  `Object.entries(${object})`,
  `Object.entries(${object}).map((pair) => pair[1])`,
  `Object.entries(${object}).map(([k, v]) => v)`,
  `Object.entries(${object}).flat()`,
  `Object.fromEntries(Object.entries(${object}))`,
  `({ ...${object} })`,
  `[{ ...${object} }].map(({ ${key}: x }) => x)`,
  `[${object}].map((o) => o.${key})`,
  `${object}.${key}.length`,
  `${object}.${key} + 'x'`,
  `\`value: \${${object}.${key}}\``,
  `${object}.${key} === 'x' ? 'yes' : 'no'`,
  `Reflect.get(${object}, ${text(key)})`,
  `[...Object.values(${object})].join()`,
  `String(Object.values(${object}))`,
  `typeof ${object}.${key}`,
  `${object}?.${key}?.slice(0, 12)`,
];

export const ofMap = (map: string, key: string): string[] => [
  map,
  `${map}.get(${text(key)})`,
  `${map}.get?.(${text(key)})`,
  `[...${map}]`,
  `[...${map}.values()]`,
  `[...${map}.entries()]`,
  `Array.from(${map}.values())`,
  `Array.from(${map}, ([k, v]) => v)`,
  `new Map(${map})`,
  `new Set(${map}.values())`,
  `Object.fromEntries(${map})`,
  `JSON.stringify([...${map}])`,
  `[...${map}].map((entry) => entry[1]).join()`,
  `${map}.values().next().value`,
  `[...${map}].flat()`,
];

export const ofText = (variable: string): string[] => [
  variable,
  `\`\${${variable}}\``,
  // Right before a name it would make another name of it.
  `'x ' + ${variable}`,
  `[${variable}, 1]`,
  `({ a: { b: ${variable} } })`,
  `JSON.stringify({ a: ${variable} })`,
  `${variable}.trim()`,
  `[...${variable}]`,
  `${variable}.split('')`,
  // Pieces that have the shape no more
  `${variable}.slice(5)`,
  `${variable}.slice(-16)`,
  `${variable}.slice(-12, -1) + '!'`,
  `${variable}.split(':')`,
  `${variable}.split('-').at(-1)`,
  `${variable}.split('').join('')`,
  `[...${variable}].reverse().join('')`,
  `${variable}.replace(/^.{9}/, '')`,
  `${variable}.replace('/', ' ').slice(4, 40).toUpperCase()`,
  `({ a: ${variable}.substring(9) })`,
  `new Map([[${variable}, 1]])`,
  `new Set([${variable}])`,
  `({ [${variable}]: 1 })`,
  `new Error(${variable})`,
  `Object.keys({ [${variable}]: 1 })`,
  `missing[${variable}]`,
  `null[${variable}]`,
];

const ofShape = (variable: string): string[] => [...ofText(variable), `'x' + ${variable}`, `${variable} + 'x '`];

export const ofError = (error: string): string[] => [
  error,
  `${error}.message`,
  `${error}.stack`,
  `String(${error})`,
  `${error}.toString()`,
  `${error}.cause`,
  `[${error}]`,
  `({ ...${error} })`,
  `Object.entries(${error})`,
  `\`failed: \${${error}}\``,
];

/** Values in which the text is: as key, member, name or description. */
export const thingsWith = (whole: string): string[] => [
  `{ [${text(whole)}]: 1 }`,
  `{ a: { b: [${text(whole)}] } }`,
  `new Map([[${text(whole)}, ${text(whole)}]])`,
  `new Set([${text(whole)}])`,
  `Object(${text(whole)})`,
  `{ [Symbol(${text(whole)})]: 1 }`,
  `[Symbol(${text(whole)})]`,
  `{ [${text(whole)}]() {} }`,
  `class { static [${text(whole)}] = 1 }`,
  `Object.defineProperty(() => 1, 'name', { value: ${text(whole)} })`,
  `new (Object.defineProperty(class { x = 1 }, 'name', { value: ${text(whole)} }))()`,
  `Object.assign(Object.create(null), { a: ${text(whole)} })`,
];

const KINDS: readonly Kind[] = [
  // Behind a redacted name
  (random, id) => {
    const [key, secret] = [name(random), unshaped(random)];
    const statements = `const ${key} = ${text(secret)}; const copy${id} = ${key};`;
    return {
      statements,
      secrets: [secret],
      expressions: [key, `${key}.length`, `[${key}]`, `\`\${${key}}\``, `({ x: ${key} })`],
    };
  },
  (random, id) => {
    const [key, secret, object] = [name(random), unshaped(random), `user${id}`];
    return {
      statements: `const ${object} = { id: 7, ${key}: ${text(secret)} };`,
      secrets: [secret],
      expressions: ofObject(object, key),
    };
  },
  (random, id) => {
    const [key, secret, object] = [name(random), unshaped(random), `deep${id}`];
    const inner = random.one([
      `{ a: [{ b: { ${key}: ${text(secret)} } }] }`,
      `[[{ ${key}: ${text(secret)} }]]`,
      `{ ${key}: { a: { b: ${text(secret)} } } }`,
      `{ ${key}: [${text(secret)}] }`,
      `{ a: new Map([['x', { ${key}: ${text(secret)} }]]) }`,
      `{ __proto__: null, a: { ${key}: ${text(secret)} } }`,
    ]);
    return {
      statements: `const ${object} = ${inner};`,
      secrets: [secret],
      expressions: [
        object,
        `JSON.stringify(${object})`,
        `Object.values(${object})`,
        `({ ...${object} })`,
        `[${object}]`,
      ],
    };
  },
  (random, id) => {
    const [key, secret, map] = [name(random), unshaped(random), `map${id}`];
    const value = random.one([text(secret), `{ value: ${text(secret)} }`, `[${text(secret)}]`]);
    return {
      statements: `const ${map} = new Map([[${text(key)}, ${value}], ['shown', 1]]);`,
      secrets: [secret],
      expressions: ofMap(map, key),
    };
  },
  (random, id) => {
    const [key, secret, list] = [name(random), unshaped(random), `list${id}`];
    const value = random.one([
      `[${text(key)}, ${text(secret)}]`,
      `[[${text(key)}, ${text(secret)}], ['shown', '1']]`,
      `['Host', 'x', ${text(key)}, ${text(secret)}]`,
      `['node', 'main.js', 'serve', '--${key}', ${text(secret)}]`,
    ]);
    return {
      statements: `const ${list} = ${value};`,
      secrets: [secret],
      expressions: [
        list,
        `JSON.stringify(${list})`,
        `${list}.flat()`,
        `[...${list}]`,
        `${list}.join()`,
        `${list}.map((x) => x)`,
        `${list}.slice()`,
      ],
    };
  },
  (random, id) => {
    const [key, secret, object] = [name(random), unshaped(random), `account${id}`];
    const statements = `class Account${id} {
      #${key} = ${text(secret)}; shown = 1; static ${key} = ${text(secret)};
      constructor() { this.${key} = ${text(secret)}; }
      get current() { return this.#${key}; }
      get ${key}Copy() { return this.#${key}; }
    }
    const ${object} = new Account${id}();`;
    return {
      statements,
      secrets: [secret],
      expressions: [
        ...ofObject(object, key),
        `${object}.current`,
        `${object}.${key}Copy`,
        `Account${id}`,
        `Account${id}.${key}`,
      ],
    };
  },
  (random, id) => {
    const [key, secret, object] = [name(random), unshaped(random), `symbols${id}`];
    return {
      statements: `const ${object} = { [Symbol(${text(key)})]: ${text(secret)}, [Symbol.for(${text(key)})]: ${text(secret)} };`,
      secrets: [secret],
      expressions: [object, `${object}[Symbol.for(${text(key)})]`, `({ ...${object} })`],
    };
  },
  (random, id) => {
    const [key, secret, object] = [name(random), unshaped(random), `getters${id}`];
    const statements = `let ran${id} = 0; const ${object} = {
      get value() { ran${id}++; return ${text(secret)}; }, get ${key}() { ran${id}++; return ${text(secret)}; },
      toString() { return this.value; }, toJSON() { return this.${key}; } };`;
    return {
      statements,
      secrets: [secret],
      expressions: [
        object,
        `${object}.value`,
        `${object}.${key}`,
        `Object.values(${object})`,
        `({ ...${object} })`,
        `[${object}]`,
      ],
    };
  },
  (random) => {
    const [key, secret] = [name(random), unshaped(random)];
    return {
      statements: '',
      parameters: [[key, text(secret)]],
      secrets: [secret],
      expressions: [key, `${key}.length`, '1'],
    };
  },
  (random, id) => {
    const [secret, object] = [unshaped(random), `badges${id}`];
    const own = random.one(['badge', 'staffNumber', 'x-badge-code']);
    return {
      names: [own.toUpperCase()],
      statements: `const ${object} = { ${text(own)}: ${text(secret)}, shown: 1 };`,
      secrets: [secret],
      expressions: [
        object,
        `${object}[${text(own)}]`,
        `Object.values(${object})`,
        `JSON.stringify(${object})`,
        `[...Object.entries(${object})]`,
      ],
    };
  },
  // Known by their shape, anywhere
  (random, id) => {
    const { whole, secret } = anyText(random);
    return { statements: `const note${id} = ${text(whole)};`, secrets: [secret], expressions: ofText(`note${id}`) };
  },
  (random, id) => {
    const { whole, secret } = anyText(random);
    const object = `things${id}`;
    const value = random.one(thingsWith(whole));
    return {
      statements: `const ${object} = ${value};`,
      secrets: [secret],
      expressions: [object, `[${object}]`, `({ a: ${object} })`],
    };
  },
  (random, id) => {
    const secret = cardNumber(random);
    return {
      statements: `const number${id} = ${secret}; const big${id} = ${secret}n; const pan${id} = [...'${secret}'];`,
      secrets: [secret],
      expressions: [
        `number${id}`,
        `big${id}`,
        `pan${id}`,
        `pan${id}.join('')`,
        `String(number${id})`,
        `({ a: number${id} })`,
        `[big${id}]`,
      ],
    };
  },
  (random, id) => {
    const { text: whole, secret } = random.chance(50) ? shaped(random) : assigned(random, name(random));
    const statements = `const bytes${id} = Buffer.from(${text(whole.slice(0, 32))}); const codes${id} = new Uint8Array(bytes${id});`;
    const isSeen = whole.length <= 32;
    return {
      statements: isSeen ? statements : `const bytes${id} = Buffer.alloc(1);`,
      secrets: [secret],
      // Some bytes of the beginning may be seen where only these are captured.
      bytes: [Buffer.from(secret).toString('hex')],
      expressions: [`bytes${id}`, ...(isSeen ? [`codes${id}`, `[...codes${id}]`] : [])],
    };
  },
  // Errors
  (random, id) => {
    const [first, second, third, key, own] = [
      anyText(random),
      anyText(random),
      anyText(random),
      name(random),
      unshaped(random),
    ];
    const named = random.chance(30) ? `name: ${text(third.text)},` : '';
    const statements = `const error${id} = Object.assign(new ${random.one(['Error', 'TypeError'])}(${text(first.whole)},
      { cause: new RangeError(${text(second.whole)}) }), { ${named} ${key}: ${text(own)}, detail: ${text(third.whole)},
      errors: [new Error(${text(third.text)})] });`;
    return {
      statements,
      secrets: [first.secret, second.secret, third.secret, own],
      expressions: ofError(`error${id}`),
    };
  },
  (random, id) => {
    const { whole, secret } = anyText(random);
    // Apart from the functions: one whose text names a secret is not called.
    const statements = `const said${id} = ${text(whole)};
      const fail${id} = () => { throw new Error(said${id}); };
      const parse${id} = () => JSON.parse(said${id}); const bad${id} = () => { throw said${id}; };`;
    return {
      statements,
      throws: `fail${id}()`,
      secrets: [secret],
      expressions: [`fail${id}()`, `parse${id}()`, `bad${id}()`, `[1].map(fail${id})`],
    };
  },
  (random, id) => {
    const [key, secret] = [name(random), unshaped(random)];
    const statements = `const source${id} = () => { const ${key} = ${text(secret)}; return ${key}; };`;
    return {
      statements,
      secrets: [secret],
      expressions: [`source${id}`, `source${id}.toString()`, `String(source${id})`],
    };
  },
  (random, id) => {
    const { text: whole, secret } = shaped(random);
    const at = 1 + random.below(whole.length - 1);
    return {
      statements: `const halves${id} = ${text(whole)}; const at${id} = ${at};`,
      secrets: [secret],
      expressions: ofShape(`halves${id}`),
      // Next to each other in one message; alone neither half is known.
      message: `{halves${id}.slice(0, at${id})}{halves${id}.slice(at${id})}`,
    };
  },
];

/** A plant of a random kind. @param id makes its variables unlike those of other plants. */
export const plant = (random: Random, id: string): Plant => random.one(KINDS)(random, id);
