/** Of Davylamp itself: it has names in it, and the expression. */
export const OWN_FAILURE = /^(?:SideEffectRefused|EvaluationTimeout|not called): /;

/** What V8 says of errors that are common in expressions, up to where it names what was read, which may have been computed. */
const KNOWN: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/^TypeError: Cannot read properties of null\b/, 'TypeError: Cannot read properties of null'],
  [/^TypeError: Cannot read properties of undefined\b/, 'TypeError: Cannot read properties of undefined'],
  [/^TypeError: .* is not a function$/s, 'TypeError: what is called is not a function'],
  [/^TypeError: .* is not a constructor$/s, 'TypeError: what is called is not a constructor'],
  [/^TypeError: .* is not iterable$/s, 'TypeError: what is spread or taken apart is not iterable'],
  [/^ReferenceError: .* is not defined$/s, 'ReferenceError: a name is not defined'],
];

/** What was thrown, with nothing of its message in which there may be a value: its class, and of some errors what they are about. */
export function withoutValues(text: string): string {
  const known = KNOWN.find(([pattern]) => pattern.test(text));
  if (known !== undefined) return known[1];
  const [, name = 'Error'] = /^([\w$.]+): /.exec(text) ?? [];
  return name;
}
