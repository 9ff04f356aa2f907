import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { findSecrets } from '../../src/redaction/find-secrets.ts';
import { Leaks } from './programs/leaks.ts';
import { Random } from './programs/random.ts';
import { assigned, SECRET_NAMES, shaped } from './programs/secrets.ts';

const SECRETS = 20_000;
const SEED = Number(process.env.DAVYLAMP_SEED ?? randomInt(2 ** 31));
/** A random text can look like a word: letters alone, and few changes of case. */
const MOST_MISSED = 1 / 10_000;

const AROUND: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `see ${text} and more`,
  (text) => `see ${text}, then`,
  (text) => `x ${text}`,
  (text) => `Error: ${text}`,
  (text) => `see ${text}${'. '.repeat(20)}`,
  (text) => JSON.stringify({ a: text }),
];
/** A name in the text would become another name by this. */
const AROUND_SHAPES: typeof AROUND = [...AROUND, (text) => `x${text}`, (text) => `${text}x `];

function visible(text: string): string {
  let shown = '';
  let at = 0;
  for (const { start, end } of findSecrets(text, false).spans) {
    shown += `${text.slice(at, start)}\0`;
    at = end;
  }
  return shown + text.slice(at);
}

test(`a secret of any shape is found in whatever text it stands (DAVYLAMP_SEED=${SEED})`, () => {
  const random = new Random(SEED);
  const missed: string[] = [];
  for (let index = 0; index < SECRETS; index++) {
    const isShape = random.chance(60);
    const { text, secret } = isShape ? shaped(random) : assigned(random, random.one(SECRET_NAMES));
    const leaks = new Leaks(8, 10);
    leaks.add(secret);
    const texts = (isShape ? AROUND_SHAPES : AROUND).map((around) => around(text));
    const shown = texts.find((whole) => leaks.find(visible(whole)) !== undefined);
    if (shown !== undefined) missed.push(shown);
  }
  expect(missed.slice(0, Math.ceil(missed.length - MOST_MISSED * SECRETS))).toEqual([]);
});
