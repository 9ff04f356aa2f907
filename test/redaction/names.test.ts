import { describe, expect, test } from 'vitest';
import { RedactedNames, withNames } from '../../src/redaction/identifiers.ts';
import {
  type CaptureLimits,
  captureValue,
  captureVariables,
} from '../../src/runtime/node/application/capture/capture.ts';
import { evaluate } from '../runtime/node/application/probe/evaluate.ts';

const limits: CaptureLimits = { depth: 5, fields: 20, items: 20, stringLength: 40, bytes: 65_536 };
const SECRET = 'correct horse';
const scope = {
  user: { id: 7, password: SECRET, [Symbol.for('token')]: SECRET },
  headers: new Map([
    ['host', 'x'],
    ['authorization', SECRET],
  ]),
  rawHeaders: ['Host', 'x', 'Cookie', SECRET],
  argv: ['node', 'a.js', '--token', SECRET],
  pairs: [['password', { deep: SECRET }]],
  lookup: { get: (name: string) => `${name} is ${SECRET}` },
  body: `{"a": ${SECRET}`,
};

/** What would cross to the worker, or the text of what was thrown. */
function shown(source: string): string {
  try {
    return JSON.stringify(captureValue(evaluate(source, scope), limits));
  } catch (error) {
    return String(error);
  }
}

test.each([
  ...[
    'user',
    'user["pass" + "word"]',
    'Object.values(user)',
    'Object.entries(user)',
    'JSON.stringify(user)',
    '({ ...user })',
  ],
  ...['user[Symbol.for("token")]', '[user].map(({ password: x }) => x)', '[user].map(({ ...rest }) => rest)'],
  ...[
    '[...headers]',
    '[...headers.values()]',
    'headers.values().next()',
    'new Map(headers)',
    'Array.from(headers, ([, v]) => v)',
  ],
  ...['headers.get?.("authorization")', 'Object.fromEntries(headers)', '[...headers].map((entry) => entry[1])'],
  ...[
    'rawHeaders',
    'rawHeaders[3]',
    'rawHeaders.at(-1)',
    'rawHeaders.slice(3)',
    'rawHeaders.join()',
    'argv',
    'argv[3]',
  ],
  ...['pairs', 'pairs[0][1].deep', 'pairs.flat()', 'JSON.stringify(pairs)', 'Object.fromEntries(pairs)'],
  ...['lookup.get("password")', 'lookup.get?.("api_key")', 'JSON.parse(body)'],
])('%s does not show what is behind a redacted name', (source) => {
  const text = shown(source);
  expect(text).not.toContain('correct');
  expect(text).not.toContain('SyntaxError: Unexpected');
});

test.each(['user.id', 'headers.get("host")', 'rawHeaders[1]', 'rawHeaders.length', 'argv[1]', 'headers.size'])(
  '%s is shown',
  (source) => {
    expect(shown(source)).not.toContain('redacted');
  },
);

describe('the variables of a scope', () => {
  test('hide the text of one with a redacted name wherever it is', () => {
    const variables = { password: SECRET, copy: SECRET, arguments: ['ann', SECRET], other: 'correct' };
    expect(JSON.stringify(captureVariables(variables, limits))).not.toContain(SECRET);
    expect(captureVariables(variables, limits).at(-1)).toEqual({
      name: 'other',
      value: { type: 'string', text: 'correct' },
    });
  });

  test('have a margin for the redactor, which says what may be shown', () => {
    const [variable] = captureVariables({ text: 'x'.repeat(50) }, { ...limits, margin: 256 });
    const want = { type: 'string', text: 'x'.repeat(50), size: 50, notCaptured: 'length', shown: 40 };
    expect(variable?.value).toEqual(want);
  });
});

describe('the names of a probe', () => {
  const names = new RedactedNames(['Badge-Number', '']);

  test('are hidden while its hit runs, besides those that always are', () => {
    const value = { badge_number: 'b', password: 'p', name: 'n', '': 'e' };
    const want = [true, true, false, false];
    expect(
      withNames(names, () => captureValue(value, limits)).fields?.map(
        ({ value: { notCaptured } }) => notCaptured === 'redacted',
      ),
    ).toEqual(want);
    expect(captureValue(value, limits).fields?.[0]?.value.text).toBe('b');
  });

  test('are given back when a hit throws', () => {
    expect(() =>
      withNames(names, () => {
        throw new Error('x');
      }),
    ).toThrow('x');
    expect(captureValue({ badgeNumber: 'b' }, limits).fields?.[0]?.value.text).toBe('b');
  });

  test('keep a hidden text for its hash only where the probe wants that', () => {
    const kept = withNames(new RedactedNames([], true), () =>
      captureValue({ password: SECRET, credentials: {} }, limits),
    );
    expect(kept.fields?.map(({ value }) => value)).toEqual([
      { type: 'string', text: SECRET, notCaptured: 'redacted' },
      { type: 'object', notCaptured: 'redacted' },
    ]);
  });
});
