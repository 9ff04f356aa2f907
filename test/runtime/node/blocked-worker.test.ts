import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from './agent-end.ts';
import { Application, buildRuntime, NODES } from './application.ts';
import { snapshot } from './probe.ts';

const PLACE = { file: 'fixtures/burst.cjs', line: 6 };
const PAYLOAD = 1_048_576;
/** What may wait for the worker, see MAX_OUTSTANDING_BYTES. */
const MOST_BYTES = 8 * 1024 * 1024;
const HITS = 100;
const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

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

  test('what waits for it is bounded by its bytes, the rest is dropped and counted, and it goes on', async () => {
    const capture = { frames: 1, depth: 3, fields: 20, items: 100, stringLength: 16_384 };
    const limits = { hitsPerSecond: 1000, cpuMillisecondsPerSecond: 1000, payloadBytes: PAYLOAD };
    await agent.desire(snapshot(PLACE, { capture, limits }));
    writeFileSync(join(runtime, 'blocked'), '');
    application.tell(String(HITS));
    await application.line((line) => line === `looked ${HITS}`);
    rmSync(join(runtime, 'blocked'));
    const state = await agent.state(
      ({ hits, dropped }) => hits + dropped.reduce((sum, { count }) => sum + count, 0) === HITS,
    );
    expect(state.dropped).toContainEqual({ reason: 'BufferFull', count: expect.any(Number) });
    expect(state.hits).toBeGreaterThan(0);
    // Each looks at half of the payload before it is formed.
    expect(state.hits).toBeLessThanOrEqual(MOST_BYTES / (PAYLOAD / 2) + 2);

    application.tell('1');
    await agent.until(() => agent.results.length === state.hits + 1);
  }, 60_000);
});
