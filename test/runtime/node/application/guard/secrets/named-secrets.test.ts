// biome-ignore-all lint/suspicious/noTemplateCurlyInString: functions are text here
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namesSecrets } from '../../../../../../src/runtime/node/application/guard/secrets/named-secrets.ts';

function make(text: string): (...args: never[]) => unknown {
  return Object.values(new Function(`return {${text}}`)() as Record<string, (...args: never[]) => unknown>)[0] as never;
}

const customer = { describe: make('describe() { return this.password }'), name: 'Ada' };
const plain = { describe: make('describe() { return this.name }'), name: 'Ada' };

describe('the text of a function names a secret', () => {
  it.each([
    'f() { return this.password }',
    'f() { return this?.\n /* here */ password }',
    'f() { return this.dbPassword + 1 }',
    'f() { return this["x-api-key"] }',
    'f({ password: p }) { return p }',
    'f() { return this.p\\u0061ssword }',
    'f() { return this.p\\u{61}ssword }',
    'f() { return this["\\x70assword"] }',
    'f() { return `${this.password}` }',
    'f() { return "//" + this.password }',
    'f() { return "\\"//" + this.password }',
    "f() { return '/*' + this.password + '*/' }",
    'f() { return /[/"]/ + this.password }',
    'f() { return 4 / 2 /* x */ + this.password }',
    'getPassword() { return 1 }',
    'f(o) { return this.a.describe() }',
    'f(o) { return o.describe() }',
    'f(o) { const { describe } = o; return describe.call(o) }',
  ])('%s', (text) => {
    expect(namesSecrets(make(text), { a: customer }, [customer])).toBeDefined();
  });

  it.each([
    'f() { return this.name }',
    'f() { /* the password */ return this.name // and the token\n}',
    'f() { return this.passing + this.words }',
    'f(o) { return this.a.describe() + o.describe() }',
    'f() { return this.constructor.name }',
    'f() { return Object.keys(this).length }',
  ])('or it does not: %s', (text) => {
    expect(namesSecrets(make(text), { a: plain }, [plain])).toBeUndefined();
  });

  it('and a Proxy, or a getter that throws, is not asked', () => {
    const fail = () => {
      throw new Error('asked');
    };
    const trapped = new Proxy({}, { get: fail, getOwnPropertyDescriptor: fail, getPrototypeOf: fail });
    const self = Object.defineProperty({ trapped }, 'broken', { get: fail });
    const text = 'f(o) { return this.trapped.a.b + this.broken.c + o.d }';
    expect(namesSecrets(make(text), self, [trapped])).toBeUndefined();
  });

  it('wherever it stands', () => {
    const piece = fc.constantFrom(
      ...['1;', '/* a */', '// b\n', '"c";', "'//';", '`/*`;', '/d"/;', '4 / 2;', "'\\'';", '`${1}`;', '{}', '\n'],
    );
    fc.assert(
      fc.property(fc.array(piece), fc.array(piece), (before, after) => {
        const body = (middle: string) => `f() { ${before.join(' ')} ${middle}; ${after.join(' ')} }`;
        expect(namesSecrets(make(body('this.password')), {}, [])).toBeDefined();
        expect(namesSecrets(make(body('this.name')), {}, [])).toBeUndefined();
      }),
    );
  });
});
