import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WireProbe } from '../../../../src/protocol/wire-probe.ts';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application } from '../harness/application.ts';
import { dynamicLog, snapshot } from '../harness/probe.ts';

/** Rules of places are held in the process, which alone knows the position that a probe is bound to: real programs, plain and bundled. */
type Rules = NonNullable<WireProbe['places']>[number];

const FILES = {
  'src/main.js': [
    "import { Vault } from './vault/vault.js';",
    'const vault = new Vault();',
    'setInterval(() => vault.open(4711), 20);',
    '',
  ],
  'src/vault/vault.js': [
    "import { weigh } from '../shop/weigh.js';", // 1
    "import { pick } from 'lock';", //              2
    'export class Vault {', //                      3
    '  open(combination) {', //                     4
    '    const doors = [1, 2];', //                 5
    '    return doors.map((door) => {', //          6
    '      const inside = door + combination;', //  7
    '      return weigh({ id: door }) + pick(1);', // 8
    '    });', //                                   9
    '  }', //                                       10
    '}', //                                         11
    '',
  ],
  'src/shop/weigh.js': [
    'export function weigh(order) {', //                               1
    '  const weight = order.id * 2;', //                               2
    '  return weight;', //                                             3
    '}', //                                                            4
    'globalThis.bump = { count: 0, up() { this.count += 1; return this.count; } };', // 5
    '',
  ],
  'node_modules/lock/index.js': ['export function pick(turns) {', '  return turns;', '}', ''],
  'node_modules/lock/package.json': ['{"type": "module", "main": "index.js"}'],
  'package.json': ['{"type": "module"}'],
  // As bundlers do: the second line is code of their own, without a mapping, which sees what is above it.
  'dist/hand.cjs': [
    "const combination = 4711; setInterval(() => added('x'), 20);",
    'function added(key) { const seen = key; return seen; }',
    '//# sourceMappingURL=hand.cjs.map',
    '',
  ],
  'dist/hand.cjs.map': [
    JSON.stringify({
      ...{ version: 3, file: 'hand.cjs', sources: ['../src/vault/hand.js'], names: [], mappings: 'AAAA' },
      sourcesContent: ["export const combination = 4711;\nsetInterval(() => added('x'), 20);\n"],
    }),
  ],
};

const root = realpathSync(mkdtempSync(join(tmpdir(), 'davylamp-places-')));
const WEIGH = { file: 'shop/weigh.js', line: 3 };

beforeAll(async () => {
  for (const [name, lines] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), lines.join('\n'));
  }
  await build({
    ...{
      entryPoints: [join(root, 'src/main.js')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      sourcemap: true,

      minifyIdentifiers: true,
    },
    outfile: join(root, 'dist/bundle.cjs'),
  });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.each(['src/main.js', 'dist/bundle.cjs'])('rules of places in %s', (entry) => {
  let agent: AgentEnd;
  let application: Application;
  beforeAll(async () => {
    agent = await new AgentEnd().listen();
    application = await Application.start(join(root, entry), { run: agent.directory, cwd: root });
    await agent.hello();
  });
  afterAll(async () => {
    await application.stop();
    agent.close();
  });

  const rules = (changes: Partial<Rules>): Rules[] => [{ policy: 'the policy', allow: [], deny: [], ...changes }];
  const deny = (rule: Omit<Rules['deny'][number], 'rule'>) => rules({ deny: [{ rule: 'never', ...rule }] });
  const allow = (rule: Omit<Rules['allow'][number], 'rule'>) => rules({ allow: [{ rule: 'own', ...rule }] });

  /** `Armed`, or why not. */
  async function outcome(location: WireProbe['location'], places: Rules[]): Promise<string> {
    const probe = dynamicLog(location, 'x', { places });
    await agent.desire(probe);
    const state = await agent.state(
      ({ uid, state: one }) => uid === probe.uid && (one === 'Armed' || one === 'Failed'),
    );
    return state.state === 'Armed' ? 'Armed' : `${state.reason}: ${state.message}`;
  }

  const DENIED = /^PolicyDenied: the policy, rule never: /;

  it('a file is denied by whatever way the probe comes to it', async () => {
    const places = deny({ files: ['vault/**'] });
    expect(await outcome({ file: 'vault.js', line: 5 }, places)).toMatch(DENIED);
    expect(await outcome({ function: 'Vault.open' }, places)).toMatch(DENIED);
    expect(await outcome({ function: 'open' }, places)).toMatch(/^PolicyDenied: .*vault\/vault\.js is denied\.$/);
    expect(await outcome(WEIGH, places)).toBe('Armed');
  });

  it('a function is denied with every function inside of it', async () => {
    const places = deny({ functions: ['Vault#*'], message: 'Ask ann.' });
    expect(await outcome({ file: 'vault.js', line: 5 }, places)).toMatch(DENIED);
    expect(await outcome({ file: 'vault.js', line: 8 }, places)).toMatch(/ is denied\. Ask ann\.$/);
    expect(await outcome({ function: 'weigh' }, places)).toBe('Armed');
  });

  it('packages are told from own code', async () => {
    const lock = { file: 'lock/index.js', line: 2 };
    expect(await outcome(lock, deny({ packages: ['*'] }))).toMatch(DENIED);
    expect(await outcome(WEIGH, deny({ packages: ['*'] }))).toBe('Armed');
    expect(await outcome(lock, allow({ packages: ['lock'] }))).toBe('Armed');
    expect(await outcome(WEIGH, allow({ packages: ['lock'] }))).toMatch(/^PolicyDenied: the policy: no rule allows /);
  });

  it('what no rule allows is denied', async () => {
    expect(await outcome(WEIGH, allow({ files: ['src/shop/**'] }))).toBe('Armed');
    expect(await outcome({ function: 'Vault.open' }, allow({ files: ['src/shop/**'] }))).toMatch(
      /^PolicyDenied: the policy: no rule allows .*vault\.js\.$/,
    );
    expect(await outcome(WEIGH, allow({ functions: ['weigh'] }))).toBe('Armed');
  });

  async function frames(places: Rules[]) {
    const probe = snapshot(WEIGH, { places, capture: { frames: 5, depth: 1, fields: 5, items: 5, stringLength: 50 } });
    await agent.desire(probe);
    const { capture } = await agent.result(({ uid }) => uid === probe.uid);
    const shown =
      capture?.frames.map((frame) => [frame.location.replace(/:.*/, ''), frame.locals !== undefined] as const) ?? [];
    return { shown, cut: capture?.cut, text: JSON.stringify(capture) };
  }

  it('variables of frames in denied files are not captured, and the capture says so', async () => {
    const open = await frames(rules({}));
    expect(open.text).toContain('combination');
    const { shown, cut, text } = await frames(deny({ files: ['vault/**'] }));
    expect(text).not.toContain('combination');
    expect(text).not.toContain('4711');
    expect(shown[0]?.[1]).toBe(true);
    expect(shown.filter(([file]) => file.endsWith('vault.js')).every(([, has]) => !has)).toBe(true);
    expect(cut).toContain('frames without variables: the policy, rule never: ');
    expect((await frames(allow({ files: ['shop/**'] }))).text).not.toContain('combination');
  });

  it('a rule against variables of other frames leaves those of the line', async () => {
    const { shown, text } = await frames(deny({ files: ['**'], otherFrames: true }));
    expect(shown[0]?.[1]).toBe(true);
    expect(text).toContain('weight');
    expect(text).not.toContain('combination');
  });

  it('of rules that allow the first that is about the bound place counts, however the probe names it', async () => {
    const places = rules({
      allow: [
        { rule: 'vault', files: ['vault/**'], expressions: 'PropertiesOnly', otherFrames: false },
        { rule: 'rest' },
      ],
    });
    const probe = dynamicLog({ function: 'Vault.open' }, '{bump.up()}', { places });
    await agent.desire(probe);
    const { log } = await agent.result(({ uid }) => uid === probe.uid);
    expect(log?.message).toMatch(/^<SideEffectRefused: /);
    expect((await frames(places)).shown[0]?.[1]).toBe(true);
  });

  it('a rule on expressions holds for what is bound there', async () => {
    const message = '{bump.up()}';
    const places = deny({ files: ['shop/**'], expressions: 'Proven' });
    const probe = dynamicLog(WEIGH, message, { places });
    await agent.desire(probe);
    const { log } = await agent.result(({ uid }) => uid === probe.uid);
    expect(log?.message).toMatch(/^<SideEffectRefused: /);
  });
});

describe('code that a bundler has added', () => {
  it('is denied where any of the files is of which its script is made, and allowed by none of them', async () => {
    const agent = await new AgentEnd().listen();
    const application = await Application.start(join(root, 'dist/hand.cjs'), { run: agent.directory, cwd: root });
    try {
      await agent.hello();
      const outcome = async (rules: Partial<Rules>): Promise<string> => {
        const places = [{ policy: 'the policy', allow: [], deny: [], ...rules }];
        const probe = dynamicLog({ file: 'dist/hand.cjs', function: 'added' }, 'x {combination}', { places });
        await agent.desire(probe);
        const state = await agent.state(
          ({ uid, state: one }) => uid === probe.uid && (one === 'Armed' || one === 'Failed'),
        );
        return state.state === 'Armed' ? 'Armed' : `${state.reason}: ${state.message}`;
      };
      expect(await outcome({})).toBe('Armed');
      expect(await outcome({ deny: [{ rule: 'never', files: ['shop/**'] }] })).toBe('Armed');
      expect(await outcome({ deny: [{ rule: 'never', files: ['src/vault/**'] }] })).toMatch(/^PolicyDenied: /);
      expect(await outcome({ allow: [{ rule: 'own', files: ['src/vault/**'] }] })).toMatch(/^PolicyDenied: /);
    } finally {
      await application.stop();
      agent.close();
    }
  });
});
