import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentEnd } from '../harness/agent-end.ts';
import { NODES } from '../harness/application.ts';
import { dynamicLog, snapshot } from '../harness/probe.ts';
import { fixture, HostileRun, limits, lineOf } from './hostile-run.ts';

const SOURCE = readFileSync(fixture('places.cjs'), 'utf8');
/** Reached a thousand times in a row. */
const OFTEN = ['deep', 'thread'];
const ALL = [...SOURCE.matchAll(/\/\/ place: (\w+)/g)].map(([, name = '']) => name);
const PLACES = ALL.filter((place) => !OFTEN.includes(place));
const VALUE: Readonly<Record<string, string>> = {
  catch: 'thrown',
  messagePort: 'message',
  thread: 'shared[1]',
  context: 'before.id',
  shadowed: 'own.length',
};

describe.each(NODES)('a hit on %s', (node) => {
  let alone: HostileRun;
  let run: HostileRun;
  let agent: AgentEnd;

  beforeEach(async () => {
    alone = await HostileRun.start('places.cjs', { node }, true);
    run = await HostileRun.start('places.cjs', { node });
    agent = run.agent as AgentEnd;
  });

  afterEach(async () => {
    await alone.stop();
    await run.stop();
  });

  async function answer(of: HostileRun, place: string): Promise<string> {
    return await of.tell(place, (line) => line !== 'later' && !line.startsWith('#'));
  }

  test('in every place of the language and of Node.js leaves it as it is, and tells what is there', async () => {
    const logs = PLACES.map((place) =>
      dynamicLog(
        { file: 'fixtures/places.cjs', line: lineOf('places.cjs', `// place: ${place}`) },
        `${place} {${VALUE[place] ?? 'value'}}`,
        {
          limits,
        },
      ),
    );
    const captures = logs.map(({ location }) => snapshot(location, { limits: { ...limits, hitsPerSecond: 20 } }));
    const states = await agent.desire(...logs, ...captures);
    expect(states.filter(({ state }) => state !== 'Armed')).toEqual([]);
    for (const [index, place] of PLACES.entries()) {
      expect(`${place} ${await answer(run, place)}`).toBe(`${place} ${await answer(alone, place)}`);
      await agent.result(({ uid }) => uid === logs[index]?.uid);
      // Pauses of a process are limited, so one that was refused is asked for again.
      if (agent.results.some(({ uid }) => uid === captures[index]?.uid)) continue;
      await agent.state(({ uid, dropped, hits }) => uid === captures[index]?.uid && (dropped.length > 0 || hits > 0));
    }
    expect(
      new Set(agent.results.filter(({ capture }) => capture !== undefined).map(({ uid }) => uid)).size,
    ).toBeGreaterThan(PLACES.length / 2);
    await run.expectNoHang();
    expect(run.application.errors).toBe(alone.application.errors);
  });

  test.each(OFTEN)('where a line is reached a thousand times in a row leaves it as it is (%s)', async (place) => {
    const location = { file: 'fixtures/places.cjs', line: lineOf('places.cjs', `// place: ${place}`) };
    const budget = { ...limits, cpuMillisecondsPerSecond: 20 };
    await agent.desire(dynamicLog(location, '{value}', { limits: budget }), snapshot(location, { limits: budget }));
    for (let round = 0; round < 3; round++) {
      expect(await answer(run, place)).toBe(await answer(alone, place));
    }
    await agent.result(({ log }) => log !== undefined);
    await run.expectNoHang();
    expect(run.application.errors).toBe('');
  });

  test.each([
    ['evaluated', 'places-evaluated.js', 'Armed Armed'],
    ['thisContext', 'places-this-context.js', 'Armed Armed'],
    ['otherContext', 'places-other-context.js', 'Waiting ContextNotSupported'],
  ])('in code that is made while the program runs (%s)', async (place, file, wanted) => {
    await answer(run, place);
    const probe = dynamicLog({ file, line: 2 }, 'value {value}', { limits });
    const [state] = await agent.desire(probe);
    expect(`${state?.state} ${state?.reason}`).toBe(wanted);
    expect(await answer(run, place)).toBe('2');
    expect(run.application.errors).toBe('');
  });
});
