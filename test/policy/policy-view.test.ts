import { describe, expect, it } from 'vitest';
import { renderPolicyStatus } from '../../src/controllers/policies/status.ts';
import { noCounts } from '../../src/controllers/policies/tally.ts';
import { defaultPolicy } from '../../src/policy/default-policy.ts';
import { judge } from '../../src/policy/judge.ts';
import { viewOf } from '../../src/policy/policy-view.ts';
import { policies } from '../../src/policy/rules/policies.ts';
import { object } from '../controllers/policies/fixtures.ts';
import { clusterPolicy, decided, denials, log, written } from './fixtures.ts';

const LINES = 'Incident 42\nis not over\u001b[2J\n';

describe('what a user writes in a policy is told in one line', () => {
  const stopped = viewOf(written('pause', { stopped: { reason: LINES } }));

  it('why it is stopped, in the status of a probe and of the policy', () => {
    const said = policies({ judgment: judge([decided(log(), [stopped])]), now: 0 } as Parameters<typeof policies>[0]);
    expect(said?.message).toBe(
      'ClusterInstrumentationPolicy pause has stopped all its probes: Incident 42 is not over',
    );
    const { conditions } = renderPolicyStatus({
      ...{ object: object(stopped), base: undefined, counts: noCounts(), conflicts: [], isSettling: false },
      ...{ stop: undefined, now: 0 },
    });
    expect(conditions?.[0]?.message).toBe('It is in force. It has stopped all its probes: Incident 42 is not over.');
  });

  it('a reason of nothing but line breaks is none', () => {
    expect(viewOf(written('pause', { stopped: { reason: '\n' } })).spec.stopped?.reason).toBe('no reason is given');
  });

  it('the message of a rule, which ends as a sentence does', () => {
    const rule = (message: string) => ({ rules: [{ name: 'never', action: 'Deny', message }] });
    const told = (message: string) => denials(log(), [viewOf(written('team', rule(message)))])[0];
    expect(told('Ask\n#payments\n')).toMatch(/ is denied\. Ask #payments\.$/);
    expect(told('Really?')).toMatch(/ is denied\. Really\?$/);
    expect(told('\u0007')).toMatch(/ is denied$/);
  });

  it('patterns of what is allowed instead, which match as they are written', () => {
    const view = viewOf(written('team', { rules: [{ name: 'own', action: 'Allow', files: ['lib/a\nb.ts'] }] }));
    expect(view.spec.rules?.[0]?.files).toEqual(['lib/a\nb.ts']);
    expect(denials(log(), [view])[0]).toMatch(/what is allowed: own \(files lib\/a b\.ts\)$/);
  });

  it('and a pattern that cannot be read', () => {
    const view = viewOf(written('team', { redaction: { patterns: ['(\u2028\u009b'] } }));
    expect(denials(log(), [view])[0]).not.toMatch(/[\p{Cc}\p{Zl}]/u);
  });

  it('of the default policy, too', () => {
    const { spec } = clusterPolicy('', {});
    expect(defaultPolicy({ ...spec, stopped: { reason: LINES } }).spec.stopped?.reason).toBe('Incident 42 is not over');
  });

  it('while the manifest stays as it is', () => {
    const manifest = written('pause', { stopped: { reason: LINES } });
    viewOf(manifest);
    expect(manifest.spec.stopped?.reason).toBe(LINES);
  });
});
