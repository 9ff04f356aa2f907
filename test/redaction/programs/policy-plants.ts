import type { PolicyView } from '../../../src/policy/policy-view.ts';
import { clusterPolicy, policy } from '../../policy/fixtures.ts';
import { ofError, ofMap, ofObject, ofText, type Plant, somewhere, text, thingsWith } from './plants.ts';
import { ALPHANUMERIC, CAPITALS, DIGITS, LETTERS, type Random } from './random.ts';
import { unshaped } from './secrets.ts';

/** What policies must say so that a secret is hidden. */
export interface Hiding {
  readonly names?: readonly string[];
  readonly patterns?: readonly string[];
  /** Whether only what is on a list may be shown. */
  readonly allowsControlOnly?: boolean;
}

/** A plant whose secrets nothing hides but a policy. */
export interface PolicyPlant extends Plant {
  readonly hiding: Hiding;
  /** An expression that shows each of its secrets as long as no policy hides it. */
  readonly shows: string;
}

type Kind = (random: Random, id: string) => PolicyPlant;

/** Names that say nothing of a secret to anybody but whoever wrote the policy; no probe of plants.ts hides them by itself. */
const NAMES = ['guildRank', 'wardNumber', 'room_code', 'caseFile', 'lockerCombo', 'horseName'];

/** Texts that look like a secret to one pattern only. */
const SHAPES: readonly ((random: Random) => { readonly secret: string; readonly pattern: string })[] = [
  (random) => ({ secret: `EMP-${random.text(12, CAPITALS + DIGITS)}`, pattern: 'EMP-[A-Z0-9]{12}' }),
  (random) => ({ secret: `project ${random.text(14, LETTERS)}`, pattern: '(?i)PROJECT [a-z]{14}' }),
  (random) => ({ secret: `case/${random.text(16, LETTERS)}/${random.text(4, DIGITS)}`, pattern: 'case/[a-z]+/\\d{4}' }),
  (random) => ({ secret: `zq${random.text(20, LETTERS)}`, pattern: '\\bzq[a-z]{20}\\b' }),
  (random) => ({ secret: `~${random.text(18, ALPHANUMERIC)}~`, pattern: '~[^~]{1,40}~' }),
];

const KINDS: readonly Kind[] = [
  (random, id) => {
    const [key, secret, object] = [random.one(NAMES), unshaped(random), `staff${id}`];
    return {
      statements: `const ${object} = { ${text(key)}: ${text(secret)}, shown: 1 };`,
      secrets: [secret],
      expressions: ofObject(object, key),
      shows: object,
      hiding: { names: [key] },
    };
  },
  (random, id) => {
    const [key, secret] = [random.one(NAMES), unshaped(random)];
    return {
      statements: `const ${key} = ${text(secret)}; const copy${id} = ${key};`,
      secrets: [secret],
      expressions: [key, `${key}.length`, `[${key}]`, `\`\${${key}}\``, `({ x: ${key} })`, `${key}.slice(2)`],
      shows: key,
      hiding: { names: [key] },
    };
  },
  (random, id) => {
    const [key, secret, map] = [random.one(NAMES), unshaped(random), `lockers${id}`];
    return {
      statements: `const ${map} = new Map([[${text(key)}, ${text(secret)}], ['shown', 1]]);`,
      secrets: [secret],
      expressions: ofMap(map, key),
      shows: map,
      hiding: { names: [key] },
    };
  },
  (random, id) => {
    const { secret, pattern } = random.one(SHAPES)(random);
    const whole = somewhere(random, { text: secret, secret });
    return {
      statements: `const memo${id} = ${text(whole)}; const bare${id} = ${text(secret)};`,
      secrets: [secret],
      expressions: [...ofText(`memo${id}`), ...ofText(`bare${id}`)],
      shows: `bare${id}`,
      hiding: { patterns: [pattern] },
    };
  },
  (random, id) => {
    const { secret, pattern } = random.one(SHAPES)(random);
    const object = `held${id}`;
    const value = random.one(thingsWith(secret));
    return {
      statements: `const ${object} = ${value}; const plain${id} = ${text(secret)};`,
      secrets: [secret],
      expressions: [object, `[${object}]`, `({ a: ${object} })`],
      shows: `plain${id}`,
      hiding: { patterns: [pattern] },
    };
  },
  (random, id) => {
    const { secret, pattern } = random.one(SHAPES)(random);
    return {
      statements: `const fault${id} = new RangeError(${text(`no ${secret} here`)}, { cause: ${text(secret)} });`,
      secrets: [secret],
      expressions: ofError(`fault${id}`),
      shows: `fault${id}.message`,
      hiding: { patterns: [pattern] },
    };
  },
  (random, id) => {
    const [secret, object] = [unshaped(random), `anything${id}`];
    return {
      statements: `const ${object} = { note: ${text(secret)}, list: [${text(secret)}] };`,
      secrets: [secret],
      expressions: [...ofObject(object, 'note'), `${object}.list`, `${object}.list.at(0)`],
      shows: object,
      hiding: { allowsControlOnly: true },
    };
  },
];

export const policyPlant = (random: Random, id: string): PolicyPlant => random.one(KINDS)(random, id);

/** Names are the same whatever their case and separators are. */
const written = (random: Random, name: string): string =>
  random.one([name, name.toUpperCase(), name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), `$${name}`]);

/** Policies that together say what is to be hidden, each a part of it, among others that say something else. */
export function policiesFor(random: Random, hidings: readonly Hiding[]): PolicyView[] {
  const spread = [
    ...hidings.flatMap(({ names = [] }) => names).map((name) => ({ names: [written(random, name)] })),
    ...hidings.flatMap(({ patterns = [] }) => patterns).map((pattern) => ({ patterns: [pattern] })),
    ...(hidings.some(({ allowsControlOnly }) => allowsControlOnly)
      ? [
          { mode: 'AllowList', allow: ['control', 'note', 'list'] },
          { mode: 'AllowList', allow: ['CONTROL', 'shown'] },
        ]
      : []),
  ].map((redaction) => ({
    redaction: { ...redaction, ...(random.chance(50) && { replacement: random.one(REPLACEMENTS) }) },
  }));
  const others = [
    { maxima: { limits: { maxHits: 500_000 } } },
    { redaction: { names: ['nothingOfThat'] }, podSelector: { matchLabels: { app: 'other' } } },
    { requesters: 'OnlyUsers', redaction: { replacement: random.one(REPLACEMENTS) } },
  ].filter(() => random.chance(40));
  return [...spread, ...others].map((spec, index) => (random.chance(50) ? clusterPolicy : policy)(`p${index}`, spec));
}

const REPLACEMENTS = ['Remove', 'Mask', 'Hash'] as const;
