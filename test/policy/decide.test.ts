import { describe, expect, it } from 'vitest';
import { decide, withBuiltInDefaults } from '../../src/policy/decide.ts';
import { defaultPolicy } from '../../src/policy/default-policy.ts';
import type { PolicyView } from '../../src/policy/policy-view.ts';
import { accepted, clusterPolicy, decided, denials, log, policy, SHOP, snap } from './fixtures.ts';

describe('without any policy', () => {
  it('a probe has every limit, as the built-in policy says', () => {
    const { effective, cuts, policies } = accepted(log(), []);
    expect(effective.spec).toMatchObject({
      ttlSeconds: 1800,
      limits: { hitsPerSecond: 50, maxHits: 10_000, cpuMillisecondsPerSecond: 10, maxStallMilliseconds: 100 },
      redaction: { mode: 'Default', names: [], replacement: 'Remove' },
      calls: 'Checked',
      places: [],
    });
    expect(cuts).toEqual([]);
    expect(policies.map(({ name }) => name)).toEqual(['davylamp-default']);
  });

  it('a Snapshot is taken once a second', () => {
    expect(accepted(snap(), []).effective.spec).toMatchObject({ maxCaptures: 1, limits: { hitsPerSecond: 1 } });
  });

  it('the spec is the same as where policies are not asked', () => {
    expect(accepted(log(), []).effective).toEqual(withBuiltInDefaults(log()));
  });

  it('a probe without an end is denied', () => {
    expect(denials(log({ standing: true }), [])).toEqual([
      'the default policy: a probe without an end is not allowed; give spec.ttlSeconds in the place of spec.standing',
    ]);
  });
});

describe('the default policy of the chart', () => {
  const under = (spec: object, probe = log()) =>
    decide({
      probe,
      policies: [defaultPolicy(clusterPolicy('', spec).spec)],
      place: SHOP,
      holdsUse: () => true,
    });

  it('replaces the built-in one, but for defaults that it does not give', () => {
    const decision = under({ defaults: { ttlSeconds: 3600, limits: { maxHits: 5 } } });
    expect(decision).toMatchObject({
      outcome: 'Accepted',
      effective: { spec: { ttlSeconds: 3600, limits: { maxHits: 5, hitsPerSecond: 50 } } },
    });
  });

  it('may allow probes without an end', () => {
    const decision = under({ standing: 'Allowed' }, log({ standing: true }));
    expect(decision).toMatchObject({ outcome: 'Accepted', effective: { spec: { ttlSeconds: undefined } } });
  });

  it('allows none where another policy bounds the time to live and does not allow it too', () => {
    const maxima = { ttlSeconds: 600 };
    const standing = (...policies: PolicyView[]) =>
      decide({
        probe: log({ standing: true }),
        policies: [defaultPolicy(clusterPolicy('', { standing: 'Allowed' }).spec), ...policies],
        place: SHOP,
        holdsUse: () => true,
      });
    expect(standing(clusterPolicy('short', { maxima }))).toMatchObject({
      outcome: 'Denied',
      denials: [{ message: 'it must end after 600 s at most; give spec.ttlSeconds in the place of spec.standing' }],
    });
    expect(standing(clusterPolicy('short', { maxima, standing: 'Allowed' })).outcome).toBe('Accepted');
  });

  it('cannot be loosened by another policy', () => {
    const [first] = denials(log({ standing: true }), [clusterPolicy('loose', { standing: 'Allowed' })]);
    expect(first).toMatch(/^the default policy: /);
  });
});

describe('which policies govern a probe', () => {
  const mark = (spec: object) => ({ ...spec, maxima: { limits: { maxHits: 7 } } });
  const isGoverned = (...input: Parameters<typeof accepted>) => accepted(...input).effective.spec.limits.maxHits === 7;

  it('those of the cluster whose selectors match namespace and pod, empty selectors included', () => {
    expect(isGoverned(log(), [clusterPolicy('a', mark({}))])).toBe(true);
    expect(isGoverned(log(), [clusterPolicy('a', mark({ namespaceSelector: {}, podSelector: {} }))])).toBe(true);
    const ofTeam = (team: string) => clusterPolicy('a', mark({ namespaceSelector: { matchLabels: { team } } }));
    expect(isGoverned(log(), [ofTeam('shop')])).toBe(true);
    expect(isGoverned(log(), [ofTeam('bank')])).toBe(false);
    const ofApp = (app: string) => clusterPolicy('a', mark({ podSelector: { matchLabels: { app } } }));
    expect(isGoverned(log(), [ofApp('orders')])).toBe(true);
    expect(isGoverned(log(), [ofApp('payments')])).toBe(false);
  });

  it('those of its namespace, and no others', () => {
    expect(isGoverned(log(), [policy('a', mark({}), 'shop')])).toBe(true);
    expect(isGoverned(log(), [policy('a', mark({}), 'bank')])).toBe(false);
  });

  it('not one for some pods, while it is about no pod', () => {
    const place = { ...SHOP, podLabels: undefined };
    expect(
      isGoverned(log(), [clusterPolicy('a', mark({ podSelector: { matchLabels: { app: 'orders' } } }))], { place }),
    ).toBe(false);
  });

  it('with requesters Users only those of requesters that hold the verb use on it', () => {
    const ofUsers = clusterPolicy('a', mark({ requesters: 'Users' }));
    expect(isGoverned(log(), [ofUsers], { holdsUse: () => true })).toBe(true);
    expect(isGoverned(log(), [ofUsers], { holdsUse: () => false })).toBe(false);
  });

  it('with requesters OnlyUsers all, and who does not hold the verb use is denied', () => {
    const ofUsers = clusterPolicy('a', mark({ requesters: 'OnlyUsers' }));
    expect(isGoverned(log(), [ofUsers], { holdsUse: () => true })).toBe(true);
    expect(denials(log(), [ofUsers], { holdsUse: () => false })).toEqual([
      'ClusterInstrumentationPolicy a: its probes are for those who have the RBAC verb use on it, and the requester has not',
    ]);
  });

  it('while it is not known who holds the verb use, nothing is decided', () => {
    const policies = [clusterPolicy('a', { requesters: 'Users' }), clusterPolicy('b', {})];
    expect(decided(log(), policies, { holdsUse: () => undefined })).toMatchObject({
      outcome: 'Undecided',
      policies: [{ name: 'a' }],
    });
  });
});

describe('several policies', () => {
  const loose = clusterPolicy('loose', {
    defaults: { ttlSeconds: 3600, limits: { hitsPerSecond: 5 } },
    maxima: { ttlSeconds: 7200, limits: { maxHits: 500 } },
  });
  const strict = policy('strict', {
    defaults: { ttlSeconds: 600, limits: { hitsPerSecond: 500 } },
    maxima: { ttlSeconds: 1200, limits: { maxHits: 100 }, capture: { depth: 1 } },
  });

  it('the strictest default counts where the probe says nothing', () => {
    const { effective, cuts } = accepted(log(), [loose, strict]);
    expect(effective.spec).toMatchObject({ ttlSeconds: 600, limits: { hitsPerSecond: 5, maxHits: 100 } });
    expect(cuts).toEqual([]);
  });

  it('the strictest maximum counts, and what was asked for beyond it is told', () => {
    const { effective, cuts } = accepted(log({ ttlSeconds: 5000, limits: { maxHits: 400, hitsPerSecond: 700 } }), [
      strict,
      loose,
    ]);
    expect(effective.spec).toMatchObject({ ttlSeconds: 1200, limits: { maxHits: 100, hitsPerSecond: 700 } });
    expect(cuts).toEqual(
      [
        { field: 'limits.maxHits', asked: 400, effective: 100, policy: 'InstrumentationPolicy strict' },
        { field: 'ttlSeconds', asked: 5000, effective: 1200, policy: 'InstrumentationPolicy strict' },
      ]
        .sort((a, b) => a.asked - b.asked)
        .reverse(),
    );
  });

  it('the rate of a Snapshot is the stricter of the two that policies speak of', () => {
    const both = (hitsPerSecond: number, capturesPerSecond: number) =>
      accepted(snap({ limits: { hitsPerSecond: 100 } }), [
        clusterPolicy('a', { maxima: { limits: { hitsPerSecond, capturesPerSecond } } }),
      ]).effective.spec.limits.hitsPerSecond;
    expect(both(20, 3)).toBe(3);
    expect(both(2, 3)).toBe(2);
  });

  it('attaching is forbidden by the first that forbids it', () => {
    const forbids = clusterPolicy('no-attach', { attach: 'Forbidden' });
    expect(accepted(log(), [loose, forbids]).attachForbidden?.name).toBe('no-attach');
    expect(accepted(log(), [loose]).attachForbidden).toBeUndefined();
  });

  it('a sink must be allowed by all of them', () => {
    const sinks = (...names: string[]) => ({
      sinks: { allowed: names.map((name) => ({ kind: 'ClusterSink', name })) },
    });
    const probe = log({ sinkRefs: [{ kind: 'ClusterSink', name: 'kafka' }] });
    expect(denials(probe, [clusterPolicy('a', sinks('kafka', 'loki'))])).toEqual([]);
    expect(denials(probe, [clusterPolicy('a', sinks('kafka')), policy('b', sinks('loki'))])).toEqual([
      'InstrumentationPolicy b: results may not go to ClusterSink kafka; allowed in spec.sinkRefs: ClusterSink loki',
    ]);
    expect(denials(log(), [clusterPolicy('a', sinks())])).toEqual([]);
  });
});

describe('redaction', () => {
  it('adds up: names and patterns of all, and the list of what all of them allow', () => {
    const probe = log({
      redaction: { names: ['iban'], mode: 'AllowList', allow: ['orderId', 'total'], replacement: 'Hash' },
    });
    const { redaction } = accepted(probe, [
      clusterPolicy('a', {
        redaction: { names: ['customer'], patterns: ['EMP-\\d+'], mode: 'AllowList', allow: ['order_id'] },
      }),
      policy('b', { redaction: { replacement: 'Mask' } }),
    ]).effective.spec;
    expect(redaction).toEqual({
      mode: 'AllowList',
      names: ['customer', 'iban'],
      allow: ['orderid'],
      patterns: ['EMP-\\d+'],
      replacement: 'Mask',
    });
  });

  it('a policy cannot have more told of a hidden value than the probe asks for', () => {
    const { redaction } = accepted(log(), [clusterPolicy('a', { redaction: { replacement: 'Hash' } })]).effective.spec;
    expect(redaction.replacement).toBe('Remove');
  });

  it('a policy with an AllowList and no list allows nothing', () => {
    const { redaction } = accepted(log(), [clusterPolicy('a', { redaction: { mode: 'AllowList' } })]).effective.spec;
    expect(redaction).toMatchObject({ mode: 'AllowList', allow: [] });
  });

  it('more of it than a process can be told denies the probe', () => {
    const many = (letter: string) =>
      clusterPolicy(letter, { redaction: { names: Array.from({ length: 64 }, (_, index) => `${letter}${index}`) } });
    const policies = Array.from({ length: 17 }, (_, index) => many(`p${String.fromCharCode(97 + index)}`));
    expect(denials(log(), policies.slice(0, 16))).toEqual([]);
    expect(denials(log(), policies)).toEqual([
      'ClusterInstrumentationPolicy pq: its policies together hide 1088 names and 0 patterns; at most 1024 and 128 can be enforced, so nothing is looked at',
    ]);
  });
});

describe('a denial', () => {
  const fields = (...input: Parameters<typeof decided>) => {
    const decision = decided(...input);
    return decision.outcome === 'Denied' ? decision.denials.map(({ field }) => field) : [];
  };
  const rule = (more: object) => clusterPolicy('team', { rules: [{ name: 'own', ...more }] });

  it('says what of the probe it is about', () => {
    const atFiles = { files: ['lib/**'] };
    expect(fields(log(), [rule({ action: 'Allow', ...atFiles })])).toEqual(['spec.location']);
    expect(fields(log(), [rule({ action: 'Deny', files: ['src/**'] })])).toEqual(['spec.location']);
    expect(fields(log(), [rule({ action: 'Deny' })])).toEqual(['spec']);
    expect(fields(snap(), [rule({ action: 'Allow', kinds: ['DynamicLog'] })])).toEqual(['spec']);
    const frames = snap({ capture: { frames: 3 } });
    expect(fields(frames, [rule({ action: 'Deny', otherFrames: true })])).toEqual(['spec.capture.frames']);
    expect(fields(frames, [rule({ action: 'Allow', otherFrames: false })])).toEqual(['spec.capture.frames']);
    const toKafka = log({ sinkRefs: [{ kind: 'ClusterSink', name: 'kafka' }] });
    expect(fields(toKafka, [clusterPolicy('a', { sinks: { allowed: [] } })])).toEqual(['spec.sinkRefs']);
    expect(fields(log({ standing: true }), [])).toEqual(['spec.standing']);
    const outside = { holdsUse: () => false };
    expect(fields(log(), [clusterPolicy('a', { requesters: 'OnlyUsers' })], outside)).toEqual(['spec']);
  });
});

describe('a policy that cannot be read', () => {
  it('denies everything that it is about, and nothing else', () => {
    const broken = { redaction: { patterns: ['(unclosed'] } };
    const [message] = denials(log(), [clusterPolicy('broken', broken)]);
    expect(message).toMatch(
      /^ClusterInstrumentationPolicy broken: it cannot be enforced, so it denies everything: spec\.redaction\.patterns\[0\]: "\(unclosed": /,
    );
    expect(denials(log(), [policy('broken', broken, 'bank')])).toEqual([]);
  });

  const long = (name: string, patterns: number) =>
    policy(name, {
      rules: Array.from({ length: patterns / 32 }, (_, at) => ({
        name: `rule-${at}`,
        action: 'Deny',
        files: Array.from({ length: 32 }, (__, index) => `${index}-**r*s*`.padStart(250, '**o*r*d*/')),
      })),
    });

  it('is one with more patterns of places than can be compiled while everything else waits', () => {
    expect(denials(log(), [long('flood', 2048)])).toEqual([
      'InstrumentationPolicy flood: it cannot be enforced, so it denies everything: spec.rules: its files, functions and packages have 512000 characters together; at most 8192 can be enforced: write fewer, or shorter ones with stars',
    ]);
    expect(denials(log(), [long('much', 32)])).toEqual([]);
  });

  it('may be many together', () => {
    const many = ['a', 'b', 'c', 'd', 'e'].map((name) => long(name, 32));
    expect(denials(log(), many)).toEqual([
      'InstrumentationPolicy e: the files, functions and packages of its policies have 40000 characters together; at most 32768 can be enforced, so nothing is looked at',
    ]);
  });
});
