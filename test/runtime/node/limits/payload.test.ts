import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProbeState } from '../../../../src/protocol/state.ts';
import type { WireProbe } from '../../../../src/protocol/wire-probe.ts';
import { Application, NODES } from '../harness/application.ts';
import { LocalAgent } from '../harness/local-agent.ts';
import { dynamicLog, snapshot } from '../harness/probe.ts';
import type { SeenResult } from '../harness/seen-result.ts';

const PLACE = { file: 'large.cjs', line: 19 };
const WIDE = { frames: 5, depth: 8, fields: 500, items: 1000, stringLength: 16_384 };

const bytesOf = (json: unknown): number => Buffer.byteLength(JSON.stringify(json));

const limits = (payloadBytes: number) => ({ hitsPerSecond: 50, cpuMillisecondsPerSecond: 100, payloadBytes });

describe.each(NODES)('results of an application on %s whose values are too large', (node) => {
  let agent: LocalAgent;
  let application: Application;
  let instanceID: string | undefined;

  beforeAll(async () => {
    agent = await new LocalAgent().listen();
    application = await Application.start('large.cjs', { node, run: agent.directory });
    await application.line((line) => line === 'ready');
    await agent.until(() => agent.processes().length === 1);
    instanceID = agent.processes()[0]?.process.instanceID;
  });

  afterAll(async () => {
    await application.stop();
    await agent.close();
  });

  async function resultOf(probe: WireProbe, value: string): Promise<SeenResult> {
    agent.wish(probe);
    await agent.armed(probe);
    const found = () => agent.results.map(({ result }) => result).find(({ uid }) => uid === probe.uid);
    await application.repeat(
      value,
      agent.until(() => found() !== undefined),
    );
    const result = found();
    if (result === undefined) throw new Error('no result');
    return result;
  }

  const stateOf = ({ uid }: WireProbe): ProbeState | undefined =>
    agent.processes()[0]?.probes.find((state) => state.uid === uid);

  test('sixteen watches of a quarter of the payload each stay within it together, and a small one is whole', async () => {
    const watch = [...Array.from({ length: 15 }, (_, index) => `value[${index}]`), 'small'];
    const { capture } = await resultOf(snapshot(PLACE, { watch, limits: limits(65_536) }), 'quarters');

    expect(bytesOf(capture)).toBeLessThanOrEqual(65_536);
    expect(capture?.watches.map(({ name }) => name)).toEqual(watch);
    expect(capture?.watches.at(-1)?.value).toEqual({ type: 'number', text: '4' });
  });

  test.each([
    ['the least', 256],
    ['a little', 2000],
    ['the most', 1_048_576],
  ])('a snapshot of everything stays within %s that a payload may have', async (_, payloadBytes) => {
    const probe = snapshot(PLACE, { watch: ['value', 'small'], capture: WIDE, limits: limits(payloadBytes) });
    const { capture } = await resultOf(probe, 'all');

    expect(bytesOf(capture)).toBeLessThanOrEqual(payloadBytes);
    expect(capture?.frames[0]?.function).toBe('look');
  });

  test.each([
    ['letters of three bytes', 'japanese'],
    ['characters that JSON escapes', 'controls'],
    ['texts that redaction makes longer', 'tokens'],
    ['a text of a hundred million characters', 'text'],
    ['a million fields', 'wide'],
    ['a number of a million digits', 'digits'],
    ['nesting without an end', 'deep'],
    ['Maps of Maps', 'maps'],
    ['ten million numbers', 'floats'],
  ])('a log line of %s stays within its payload', async (_, name) => {
    const { log } = await resultOf(
      dynamicLog(PLACE, `${'{value} '.repeat(20)}{small}`, { limits: limits(4096) }),
      name,
    );

    expect(bytesOf(log?.message)).toBeLessThanOrEqual(4096);
  });

  test('what cannot be cut to its payload is dropped alone and counted', async () => {
    const probe = snapshot(PLACE, { limits: limits(100) });
    agent.wish(probe);
    await agent.armed(probe);
    const isCounted = () => stateOf(probe)?.dropped.some(({ reason }) => reason === 'PayloadTooLarge') === true;
    await application.repeat('japanese', agent.until(isCounted));
    await resultOf(dynamicLog(PLACE, 'small {small}'), 'japanese');

    expect(agent.results.filter(({ result }) => result.uid === probe.uid)).toEqual([]);
  });

  test('what is dropped for its size counts for no limit', async () => {
    const probe = snapshot(PLACE, { limits: { ...limits(100), remainingHits: 1 } });
    agent.wish(probe);
    await agent.armed(probe);
    const lost = () => stateOf(probe)?.dropped.find(({ reason }) => reason === 'PayloadTooLarge')?.count ?? 0;
    await application.repeat(
      'japanese',
      agent.until(() => lost() >= 2),
    );
    expect(stateOf(probe)).toMatchObject({
      hits: 0,
      message: expect.stringMatching(/^PayloadTooLarge: .* is 100, so it does not count/),
    });
    expect(['Armed', 'Suspended']).toContain(stateOf(probe)?.state);
  });

  test('a probe whose last allowed hit has a result is over', async () => {
    const probe = snapshot(PLACE, { limits: { ...limits(10_000), remainingHits: 1 } });
    await resultOf(probe, 'japanese');
    await agent.until(() => stateOf(probe)?.hits === 1);
    expect(stateOf(probe)).toMatchObject({ state: 'Removed', reason: 'HitLimitReached', dropped: [] });
  });

  test('the process has been the same all the time, and no result was lost', () => {
    expect(agent.processes().map(({ process }) => process.instanceID)).toEqual([instanceID]);
    expect(agent.results.map(({ result }) => result.sequence)).toEqual(agent.results.map((_, index) => index + 1));
  });
});
