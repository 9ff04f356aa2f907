import { afterEach, describe, expect, test } from 'vitest';
import type { AgentEnd } from '../harness/agent-end.ts';
import { NODES } from '../harness/application.ts';
import { dynamicLog, snapshot } from '../harness/probe.ts';
import type { SeenResult } from '../harness/seen-result.ts';
import { HostileRun, limits, lineOf } from './hostile-run.ts';

const PLACE = { file: 'fixtures/spoiled.cjs', line: lineOf('spoiled.cjs', '// the line of the probes') };
const ROUNDS = 6;

const log = () => dynamicLog(PLACE, '{order.id} {order.items.length} {order.total()}', { limits });
/** Most of its hits are dropped, as too many. */
const rare = () => dynamicLog(PLACE, 'rare', { limits: { ...limits, hitsPerSecond: 1 } });
const capture = () => snapshot(PLACE, { watch: ['order.id', 'order.failure'], condition: 'order.id > 0', limits });

/** What a program does to the language, by its command. */
const KINDS = {
  wrap: 'replaces every method of the language and of Node.js by one of its own',
  trap: 'puts accessors on Object.prototype and Array.prototype',
  break: 'breaks what everybody relies on',
  errors: 'formats the stacks of errors itself, and has a getter for their length',
};

describe.each(NODES)('a program on %s', (node) => {
  let run: HostileRun | undefined;

  afterEach(async () => {
    await run?.stop();
  });

  async function answers(of: HostileRun, rounds = ROUNDS): Promise<string[]> {
    const told: string[] = [];
    for (let round = 0; round < rounds; round++) told.push(await of.tell('take'));
    return told;
  }

  async function alone(kind: string, args: readonly string[]): Promise<string[]> {
    const program = await HostileRun.start('spoiled.cjs', { node, args }, true);
    if (args.length === 0) await program.tell(kind);
    const told = await answers(program, 2 * ROUNDS);
    expect(program.application.errors).toBe('');
    await program.stop();
    return told;
  }

  test.each(Object.entries(KINDS))('that, with probes in it, %ss: %s', async (kind) => {
    const wanted = await alone(kind, []);
    run = await HostileRun.start('spoiled.cjs', { node });
    const { agent } = run;
    await agent?.desire(log(), capture(), rare());
    const whole = ({ log }: SeenResult) => /^\d+ 2 130$/.test(log?.message ?? '');
    // What is learned of a function is learned between hits.
    await run.takeUntil((agent as AgentEnd).result(whole));
    await run.tell(kind, (answer) => answer.startsWith('spoiled'));
    await run.tell('forget', (answer) => answer === 'forgotten');
    agent?.results.splice(0);
    const told = await answers(run);
    // None of what the program put there ran for a hit.
    expect(await run.tell('culprits', (answer) => answer.startsWith('culprits'))).toBe('culprits');
    await run.takeUntil((agent as AgentEnd).result(whole));
    const isCapture = ({ capture }: SeenResult) => capture?.frames[0]?.function === 'take';
    await run.takeUntil((agent as AgentEnd).result(isCapture));
    // Probes are taken out, and are put back or say why not.
    await agent?.desire();
    const [state] = (await agent?.desire(log())) ?? [];
    expect(`${state?.state} ${state?.reason}`).toMatch(/^(Armed Armed|Failed PlacementFailed)$/);
    expect([...told, ...(await answers(run))]).toEqual(wanted);
    await run.expectNoHang();
    expect(run.application.errors).toBe('');
  });

  test.each(Object.entries(KINDS))('that, before there are probes, %ss: %s', async (kind) => {
    const wanted = await alone(kind, [kind]);
    run = await HostileRun.start('spoiled.cjs', { node, args: [kind], isBroken: kind === 'break' });
    const { agent } = run;
    const probe = log();
    agent?.wish(probe, capture(), rare());
    if (kind !== 'break')
      await agent?.until(() => agent.states.some(({ state }) => state === 'Armed' || state === 'Failed'));
    expect(await answers(run, 2 * ROUNDS)).toEqual(wanted);
    if (kind !== 'break') await run.takeUntil((agent as AgentEnd).result(({ uid }) => uid === probe.uid));
    // What it had spoiled before was taken as it was at the start, but for the inspector, which is not loaded then.
    if (kind === 'wrap') {
      await run.tell('forget', (answer) => answer === 'forgotten');
      await answers(run);
      const culprits = await run.tell('culprits', (answer) => answer.startsWith('culprits'));
      expect(culprits).toMatch(/^culprits( inspector\.url| Session\.prototype\.\w+)*$/);
    }
    await run.expectNoHang();
    expect(run.application.errors).toBe('');
  });

  test('that overwrites the key of the runtime goes on, without results', async () => {
    run = await HostileRun.start('spoiled.cjs', { node });
    const { agent } = run;
    await agent?.desire(log(), capture());
    await run.tell('take');
    await run.tell('key');
    expect(await answers(run)).toEqual(Array(ROUNDS).fill('took 131'));
    await agent?.desire();
    expect(await run.tell('take')).toBe('took 131');
    expect(run.application.errors).toBe('');
  });

  test.each(['--frozen-intrinsics', '--disable-proto=throw'])('with %s has probes as ever', async (option) => {
    run = await HostileRun.start('spoiled.cjs', { node, nodeArgs: [option] });
    const { agent } = run;
    await agent?.desire(log(), capture());
    expect(await answers(run)).toEqual(Array(ROUNDS).fill('took 131'));
    await run.takeUntil((agent as AgentEnd).result(({ log }) => /^\d+ 2 130$/.test(log?.message ?? '')));
    await run.takeUntil((agent as AgentEnd).result(({ capture }) => capture !== undefined));
    expect(run.application.errors.replaceAll(/^.*(ExperimentalWarning|--trace-warnings).*$/gm, '').trim()).toBe('');
  });
});
