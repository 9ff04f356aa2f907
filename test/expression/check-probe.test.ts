import { describe, expect, it } from 'vitest';
import { dynamicLogSchema } from '../../src/api/dynamiclog.ts';
import type { Probe } from '../../src/api/kinds.ts';
import { snapshotSchema } from '../../src/api/snapshot.ts';
import { checkProbe as check } from '../../src/expression/check-probe.ts';
import { JAVASCRIPT } from '../../src/language/javascript/javascript.ts';
import type { Language } from '../../src/language/language.ts';

const metadata = { name: 'probe', namespace: 'shop', uid: '11111111-2222-3333-4444-555555555555', generation: 1 };
const common = { target: { selector: { matchLabels: { app: 'orders' } } }, location: { file: 'a.ts', line: 4 } };

const checkProbe = (probe: Probe) => check(probe, [JAVASCRIPT]);

function log(spec: object) {
  const made = { apiVersion: 'davylamp.dev/v1alpha1', kind: 'DynamicLog', metadata, spec: { ...common, ...spec } };
  return dynamicLogSchema.parse(made);
}
function snapshot(spec: object) {
  const made = { apiVersion: 'davylamp.dev/v1alpha1', kind: 'Snapshot', metadata, spec: { ...common, ...spec } };
  return snapshotSchema.parse(made);
}

describe('the expressions of a probe', () => {
  it('are fine when each only reads', () => {
    expect(checkProbe(log({ message: 'order {order.id}: {{x}}', condition: 'order.total() > 100' }))).toEqual([]);
    expect(checkProbe(snapshot({ condition: 'a', watch: ['b', 'c.d'] }))).toEqual([]);
  });

  it('are named with value, position and rule where they are wrong', () => {
    const issues = checkProbe(log({ message: 'a {b} {c = 1}', condition: 'x +' }));
    expect(issues).toEqual([
      {
        field: 'spec.message',
        reason: 'ExpressionInvalid',
        message:
          '"a {b} {c = 1}", character 8: an assignment changes the program; compare with ===, or only read the value',
      },
      { field: 'spec.condition', reason: 'ExpressionInvalid', message: '"x +", character 4: Unexpected token' },
    ]);
  });

  it('are all reported, each watch by its number', () => {
    const issues = checkProbe(snapshot({ watch: ['fine', 'new Order()', 'a b'] }));
    expect(issues.map(({ field, reason }) => `${field} ${reason}`)).toEqual([
      'spec.watch[1] SideEffectRefused',
      'spec.watch[2] ExpressionInvalid',
    ]);
  });

  it('may use what a function gives back only where one ends', () => {
    const place = { function: 'place' };
    expect(checkProbe(log({ message: '{$return}', location: { ...place, at: 'Exit' } }))).toEqual([]);
    const [issue] = checkProbe(log({ message: 'x {$return}', location: place }));
    expect(issue).toMatchObject({ field: 'spec.message', message: expect.stringContaining('character 4: $return') });
  });

  it('a placeholder that is not closed', () => {
    const [issue] = checkProbe(log({ message: 'order {order.id' }));
    expect(issue?.message).toContain('character 7: the placeholder is not closed');
  });

  it.each([
    ['members', `a${'.a'.repeat(5000)}`],
    ['sums', `a${'+a'.repeat(5000)}`],
    ['calls', `a${'()'.repeat(5000)}`],
    ['negations', `${'!'.repeat(10_000)}a`],
    ['arrow functions', `${'a=>'.repeat(5000)}a`],
    ['choices', `${'a?b:'.repeat(5000)}c`],
    ['parentheses', `${'('.repeat(10_000)}a${')'.repeat(10_000)}`],
  ])('are refused when %s build on one another without end', (_, condition) => {
    const probe = log({ message: 'x' });

    const issues = checkProbe({ ...probe, spec: { ...probe.spec, condition } });

    expect(issues).toMatchObject([{ field: 'spec.condition', reason: 'ExpressionInvalid' }]);
  });

  it('are quoted and counted in whole characters', () => {
    const [issue] = checkProbe(log({ message: `a${'😀'.repeat(60)}{a b}` }));

    expect(issue?.message.isWellFormed()).toBe(true);
    expect(issue?.message).toContain('character 65:');
  });
});

describe('languages of the processes', () => {
  const lenient: Language = {
    name: 'lenient',
    checkExpression: () => ({ usesReturn: false, usesError: false }),
    placeholderEnd: (message, start) => message.indexOf('}', start),
  };
  const probe = log({ message: '{a b}', condition: 'c d' });

  it('a probe that is right in one of them is right', () => {
    expect(check(probe, [JAVASCRIPT, lenient])).toEqual([]);
  });

  it('a probe that all of them refuse is refused in the words of the first', () => {
    const strict: Language = { ...JAVASCRIPT, name: 'strict' };
    expect(check(probe, [JAVASCRIPT, strict])).toEqual(checkProbe(probe));
  });

  it('where there is none that is known here, the runtime decides', () => {
    expect(check(probe, [])).toEqual([]);
  });

  it('a placeholder ends where its language says', () => {
    const [issue] = check(log({ message: '{"}"}' }), [lenient]);
    expect(issue?.message).toContain('character 5: a closing brace without an opening one');
  });
});
