import { expect, it } from 'vitest';
import type { Decision } from '../../src/policy/decide.ts';
import { deniersOf, holdersOf, judge } from '../../src/policy/judge.ts';
import { clusterPolicy, decided, log, policy, SHOP } from './fixtures.ts';

const open = clusterPolicy('team', {});
const closed = policy('team', { rules: [{ name: 'none', action: 'Deny' }] });
const stopped = policy('pause', { stopped: { reason: 'Incident 42.' } });

const deniers = (...decisions: [Decision, ...Decision[]]) => deniersOf(judge(decisions));

it('those that deny a probe are told, not others that govern it, also where they have the same name', () => {
  expect(deniers(decided(log(), [open, closed]))).toEqual([closed]);
  expect(deniers(decided(log(), [open]))).toEqual([]);
});

it('one that denies it in some pods only is told, too', () => {
  const some = { ...closed, spec: { ...closed.spec, podSelector: { matchLabels: { tier: 'secret' } } } };
  const secret = { place: { ...SHOP, podLabels: { tier: 'secret' } } };
  expect(deniers(decided(log(), [open, some]), decided(log(), [open, some], secret))).toEqual([some]);
});

it('what is said of several groups of pods is said once', () => {
  const some = { ...open, spec: { ...open.spec, podSelector: { matchLabels: { tier: 'secret' } } } };
  const secret = { place: { ...SHOP, podLabels: { tier: 'secret' } } };
  const judgment = judge([decided(log(), [closed, some]), decided(log(), [closed, some], secret)]);
  expect(judgment).toMatchObject({ outcome: 'Denied', denials: [{ policy: 'InstrumentationPolicy team' }] });
});

it('a stopped policy holds a probe that no policy denies', () => {
  expect(holdersOf(judge([decided(log(), [open, stopped])]), [])).toEqual([stopped]);
  expect(deniers(decided(log(), [open, stopped]))).toEqual([]);
  expect(holdersOf(judge([decided(log(), [closed, stopped])]), [])).toEqual([]);
});
