import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, buildRuntime, NODES } from '../harness/application.ts';
import { isWhole, snapshot } from '../harness/probe.ts';
import type { SeenResult } from '../harness/seen-result.ts';

const PLACE = { file: 'fixtures/standing.cjs', line: 6 };
const AMPLE = { hitsPerSecond: 1000, cpuMillisecondsPerSecond: 1000 };
/** More than one hit takes of the clock. */
const READINGS = 60;
const clock = fileURLToPath(new URL('../fixtures/standing-clock.cjs', import.meta.url));

const idOf = ({ capture }: SeenResult) => capture?.frames[0]?.locals?.find(({ name }) => name === 'id')?.value.text;

describe.each(NODES)('captures of a thread that the machine lets stand, on %s', (node) => {
  let agent: AgentEnd;
  let application: Application;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    const NODE_OPTIONS = `--require=${clock} --require=${await buildRuntime()}/preload.cjs`;
    const env = { NODE_OPTIONS, DAVYLAMP_RUN: agent.directory, DAVYLAMP_CONTAINER: 'app' };
    application = await Application.start('standing.cjs', { node, env, preloaded: false });
    await application.line((line) => line === 'ready');
    await agent.hello();
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
  });

  /** Looks once while the thread stands at these readings of the clock. @returns what is said of it. */
  async function look(id: number, jumps: readonly number[]): Promise<SeenResult | undefined> {
    const before = agent.results.length;
    const lost = (why: string) => agent.states[0]?.dropped.find(({ reason }) => reason === why)?.count ?? 0;
    const [busy, failed] = [lost('RuntimeBusyDebugger'), lost('CaptureFailed')];
    const isBusy = () => lost('RuntimeBusyDebugger') > busy;
    application.tell([id, ...jumps].join(' '));
    await agent.until(() => agent.results.length > before || isBusy() || lost('CaptureFailed') > failed);
    // The runtime itself asked the thread something at that moment.
    return isBusy() && agent.results.length === before ? look(id, jumps) : agent.results[before];
  }

  const saysWhy = (result: SeenResult) =>
    isWhole(result) || /the machine let the process stand still/.test(result.capture?.cut ?? '');

  test.each([[['all.length']], [[]]])(
    'one that is cut is taken once more, of the same hit, with watches %j',
    async (watch) => {
      await agent.desire(snapshot(PLACE, { watch, limits: AMPLE }));
      const unlike: unknown[] = [];
      for (let reading = 1; reading <= READINGS; reading++) {
        const result = await look(reading, [reading]);
        if (result === undefined || !saysWhy(result) || idOf(result) !== String(reading))
          unlike.push({ reading, result });
      }
      expect(unlike).toEqual([]);
      expect(agent.results.filter((result) => !isWhole(result)).map(idOf)).toEqual([]);
    },
  );

  test('one that is cut twice is reported and says why', async () => {
    await agent.desire(snapshot(PLACE, { limits: AMPLE }));
    const results: SeenResult[] = [];
    for (let reading = 1; reading <= READINGS; reading++) {
      for (const later of [1, 4, 16]) {
        const result = await look(reading, [reading, reading + later]);
        if (result !== undefined) results.push(result);
      }
    }
    expect(results.filter((result) => !saysWhy(result))).toEqual([]);
    expect(results.filter((result) => !isWhole(result)).length).toBeGreaterThan(0);
  });
});
