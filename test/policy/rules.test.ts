import { describe, expect, it } from 'vitest';
import { accepted, clusterPolicy, denials, log, policy, snap } from './fixtures.ts';

const rules = (...list: object[]) => clusterPolicy('team', { rules: list });
const allow = (rule: object) => ({ name: 'own', action: 'Allow', ...rule });
const deny = (rule: object) => ({ name: 'never', action: 'Deny', ...rule });
const at = (location: object) => log({ location });

describe('rules by kind', () => {
  it('Allow closes the policy for all other kinds', () => {
    expect(denials(log(), [rules(allow({ kinds: ['DynamicLog'] }))])).toEqual([]);
    expect(denials(snap(), [rules(allow({ kinds: ['DynamicLog'] }))])).toEqual([
      'ClusterInstrumentationPolicy team: no rule allows a Snapshot',
    ]);
  });

  it('Deny wins over Allow, in whatever order they stand and in whatever policy', () => {
    const wantDenied = ['ClusterInstrumentationPolicy team: never: a DynamicLog at src/orders.ts:42 is denied'];
    expect(denials(log(), [rules(allow({}), deny({}))])).toEqual(wantDenied);
    expect(denials(log(), [rules(deny({}), allow({}))])).toEqual(wantDenied);
    expect(denials(log(), [rules(deny({})), policy('open', { rules: [allow({})] })])).toEqual(wantDenied);
  });

  it('the message of the rule is told to whom it denies', () => {
    const [message] = denials(log(), [rules(deny({ message: 'Ask #payments.' }))]);
    expect(message).toMatch(/ is denied\. Ask #payments\.$/);
  });
});

describe('rules by place', () => {
  const isAllowed = (rule: object, location: object) => denials(at(location), [rules(rule)]).length === 0;

  it.each<[string[], string, boolean]>([
    [['src/orders/**'], 'src/orders/place.ts', true],
    [['src/orders/**'], 'apps/shop/src/orders/deep/place.ts', true],
    [['orders/*'], 'src/orders/place.ts', true],
    [['orders/*'], 'src/orders/deep/place.ts', false],
    [['*.ts'], 'src/orders/place.ts', true],
    [['orders/*'], 'src/reorders/place.ts', false],
    [['/app/src/**'], 'src/place.ts', false],
    [['/app/src/**'], '/app/src/place.ts', true],
    [['src/**', 'lib/**'], 'lib/a.ts', true],
    [['src/orders/**'], 'src/orders/../payments/charge.ts', false],
    [['src/orders/**'], './src/orders/place.ts', false],
    [['src/orders/**'], 'place.ts', false],
  ])('files %j and a probe at %s: matches %s', (files, file, wantMatch) => {
    expect(isAllowed(allow({ files }), { file, line: 1 })).toBe(wantMatch);
    expect(isAllowed(deny({ files }), { file, line: 1 })).toBe(!wantMatch);
  });

  it('what is in a package is denied by the end of its path, and allowed only where the rule speaks of packages', () => {
    const inPackage = { file: 'node_modules/lodash/src/index.js', line: 1 };
    expect(isAllowed(deny({ files: ['src/**'] }), inPackage)).toBe(false);
    expect(isAllowed(allow({ files: ['src/**'] }), inPackage)).toBe(false);
    expect(isAllowed(allow({ files: ['src/**', 'node_modules/lodash/src/**'] }), inPackage)).toBe(true);
    expect(isAllowed(allow({ files: ['src/**'], packages: ['lodash'] }), inPackage)).toBe(true);
  });

  it.each<[string[], string, boolean]>([
    [['*'], 'node_modules/express/lib/router.js', true],
    [['express'], 'node_modules/express/lib/router.js', true],
    [['express'], 'node_modules/express-session/index.js', false],
    [['express'], 'node_modules/express/node_modules/qs/index.js', false],
    [['@nestjs/*'], 'node_modules/@nestjs/core/router.js', true],
    [['@nestjs'], 'node_modules/@nestjs/core/router.js', false],
    [['*'], 'src/node_modules.ts', false],
    [['*'], 'src/orders.ts', false],
  ])('packages %j and a probe at %s: matches %s', (packages, file, wantMatch) => {
    expect(isAllowed(allow({ packages }), { file, line: 1 })).toBe(wantMatch);
    expect(isAllowed(deny({ packages }), { file, line: 1 })).toBe(!wantMatch);
  });

  it('functions are matched by their qualified names', () => {
    expect(isAllowed(allow({ functions: ['OrderService.*'] }), { function: 'OrderService.place' })).toBe(true);
    expect(isAllowed(allow({ functions: ['OrderService*'] }), { function: 'OrderService#place' })).toBe(true);
    expect(isAllowed(allow({ functions: ['OrderService.*'] }), { function: 'Payments.place' })).toBe(false);
  });

  it('what would allow a probe is told, and what it must say to be told from others', () => {
    const own = rules(
      allow({ files: ['src/orders/**'], functions: ['Order*'] }),
      allow({ name: 'libs', packages: ['*'] }),
    );
    expect(denials(at({ function: 'OrderService.place' }), [own])).toEqual([
      'ClusterInstrumentationPolicy team: no rule allows a DynamicLog at OrderService.place; what is allowed: own (files src/orders/**, functions Order*); libs (packages *); to be told from others it must be given by spec.location.file',
    ]);
    expect(denials(at({ file: 'src/orders/a.ts', line: 3 }), [own])[0]).toMatch(
      /must be given by spec\.location\.function$/,
    );
  });

  it('the process gets every rule of places, as it alone knows the position that is bound', () => {
    const own = rules(
      allow({ kinds: ['DynamicLog'], files: ['src/**'] }),
      deny({ files: ['src/payments/**'] }),
      deny({ name: 'snapshots', kinds: ['Snapshot'], packages: ['*'] }),
    );
    expect(accepted(log(), [own]).effective.spec.places).toEqual([
      {
        policy: 'ClusterInstrumentationPolicy team',
        allow: [{ rule: 'own', files: ['src/**'] }],
        deny: [{ rule: 'never', files: ['src/payments/**'] }],
      },
    ]);
    expect(accepted(log(), [rules(allow({}))]).effective.spec.places).toEqual([]);
    const [sent] = accepted(log(), [rules(allow({ files: ['src/**'], expressions: 'Proven' }), allow({ name: 'any' }))])
      .effective.spec.places;
    expect(sent?.allow).toEqual([{ rule: 'own', files: ['src/**'], expressions: 'Proven' }, { rule: 'any' }]);
  });
});

describe('rules on expressions', () => {
  const calls = (...list: object[]) => accepted(log(), [rules(...list)]).effective.spec.calls;

  it('the first Allow rule that fits says how far they may go, and Deny how far they may not', () => {
    expect(calls(allow({}))).toBe('Checked');
    expect(calls(allow({ expressions: 'Proven' }), allow({ name: 'second' }))).toBe('Proven');
    expect(calls(allow({ files: ['lib/**'], expressions: 'PropertiesOnly' }), allow({ name: 'second' }))).toBe(
      'Checked',
    );
    expect(calls(deny({ expressions: 'Checked' }))).toBe('Proven');
    expect(calls(deny({ expressions: 'Proven' }), allow({}))).toBe('PropertiesOnly');
  });

  it('of several policies the strictest counts', () => {
    const policies = [
      rules(allow({ expressions: 'Proven' })),
      policy('b', { rules: [allow({ expressions: 'PropertiesOnly' })] }),
    ];
    expect(accepted(log(), policies).effective.spec.calls).toBe('PropertiesOnly');
  });
});

describe('rules on other frames', () => {
  const own = rules(allow({ otherFrames: false }));
  const frames = (probe: ReturnType<typeof snap>, list = [own]) => {
    const { effective } = accepted(probe, list);
    return effective.kind === 'Snapshot' ? effective.spec.capture.frames : undefined;
  };

  it('a Snapshot that does not say how many frames it captures captures its own only', () => {
    expect(frames(snap())).toBe(1);
    expect(frames(snap(), [rules(deny({ otherFrames: true }))])).toBe(1);
    expect(frames(snap({ capture: { frames: 0 } }))).toBe(0);
    expect(frames(snap({ capture: { frames: 1 } }))).toBe(1);
  });

  it('one that asks for others is denied', () => {
    const probe = snap({ capture: { frames: 2 } });
    expect(denials(probe, [own])).toEqual([
      'ClusterInstrumentationPolicy team: own: a Snapshot at src/orders.ts:42 may capture variables of its own frame only; set spec.capture.frames to 1',
    ]);
    expect(denials(probe, [rules(deny({ otherFrames: true }))])).toEqual([
      'ClusterInstrumentationPolicy team: never: a Snapshot at src/orders.ts:42 captures variables of other frames, which is denied; set spec.capture.frames to 1',
    ]);
    expect(denials(log(), [own])).toEqual([]);
  });
});
