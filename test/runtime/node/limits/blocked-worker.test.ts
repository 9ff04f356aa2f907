import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProbeState } from '../../../../src/protocol/state.ts';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, buildRuntime, NODES } from '../harness/application.ts';
import { countOf, snapshot } from '../harness/probe.ts';

const PLACE = { file: 'fixtures/burst.cjs', line: 6 };
const PAYLOAD = 1_048_576;
/** What may wait for the worker, see MAX_OUTSTANDING_BYTES. */
const MOST_BYTES = 8 * 1024 * 1024;
const HITS = 100;
const FOR_RESULTS_MILLISECONDS = 20_000;
const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

describe.each(NODES)('huge captures while the worker stands, on %s', (node) => {
  let agent: AgentEnd;
  let application: Application;
  let runtime: string;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    runtime = mkdtempSync(join(tmpdir(), 'davylamp-'));
    cpSync(await buildRuntime(), runtime, { recursive: true });
    const worker = readFileSync(join(runtime, 'worker.cjs'), 'utf8');
    writeFileSync(join(runtime, 'worker.cjs'), `{${readFileSync(fixture('blocked-worker.cjs'), 'utf8')}}\n${worker}`);
    const NODE_OPTIONS = `--require=${fixture('standing-clock.cjs')} --require=${runtime}/preload.cjs`;
    const env = { NODE_OPTIONS, DAVYLAMP_RUN: agent.directory, DAVYLAMP_CONTAINER: 'app' };
    application = await Application.start('burst.cjs', { node, env, preloaded: false });
    await application.line((line) => line === 'ready');
    await agent.hello();
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
    rmSync(runtime, { recursive: true, force: true });
  });

  // Results that an agent is too slow to read are lost, see MAX_BUFFERED_BYTES, as this one can be on a busy machine.
  const attempts = { retry: 2 };
  test(
    'what waits for it is bounded by its bytes, the rest is dropped and counted, and it goes on',
    attempts,
    async () => {
      const capture = { frames: 1, depth: 3, fields: 20, items: 100, stringLength: 16_384 };
      const limits = { hitsPerSecond: 1000, cpuMillisecondsPerSecond: 1000, payloadBytes: PAYLOAD };
      await agent.desire(snapshot(PLACE, { capture, limits }));
      let looks = 0;
      const isCounted = (state: ProbeState) => countOf(state) === looks;
      /** Looks once more, as long as the runtime itself asks the thread something at that moment. */
      const lookUntil = async (isReported: () => boolean) => {
        while (!isReported()) {
          looks++;
          application.tell('1');
          const { hits } = await agent.state(isCounted);
          await agent.until(() => agent.results.length === hits, FOR_RESULTS_MILLISECONDS);
        }
      };
      // Nothing of its beginning is under way any more.
      await lookUntil(() => agent.results.length > 0);
      const before = agent.results.length;

      writeFileSync(join(runtime, 'blocked'), '');
      looks += HITS;
      application.tell(String(HITS));
      await application.line((line) => line === `looked ${HITS}`);
      rmSync(join(runtime, 'blocked'));
      const state = await agent.state(isCounted);
      expect(state.dropped).toContainEqual({ reason: 'BufferFull', count: expect.any(Number) });
      expect(state.hits - before).toBeGreaterThan(0);
      // Each looks at half of the payload before it is formed.
      expect(state.hits - before).toBeLessThanOrEqual(MOST_BYTES / (PAYLOAD / 2) + 2);

      await agent.until(() => agent.results.length === state.hits, FOR_RESULTS_MILLISECONDS);
      await lookUntil(() => agent.results.length > state.hits);
    },
  );
});
