import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_FRAME_BYTES, MAX_MESSAGE, MAX_TEXT } from '../../../src/protocol/limits.ts';
import { CONNECTION_FILE, connectionFileSchema } from '../../../src/protocol/runtime-messages.ts';
import { RuntimeServer } from '../../../src/sidecar/processes/runtime-server.ts';
import type { SeenResult } from '../../runtime/node/harness/seen-result.ts';
import { exampleProbe, exampleProcess, exampleResult, exampleState } from '../examples.ts';
import { isBye, isDesired, isRevision, RuntimeClient } from '../runtime-client.ts';

/** A well-formed frame of results whose captured value holds itself 50,000 times over. */
function deepResult(): string {
  const depth = 50_000;
  const value = `${'{"type":"array","items":['.repeat(depth)}${']}'.repeat(depth)}`;
  const capture = `{"frames":[],"pauseMicroseconds":1,"watches":[{"name":"deep","value":${value}}]}`;
  const result = `{"sequence":1,"uid":"u","generation":1,"instanceID":"instance-1","time":1,"location":"a:1:1","capture":${capture}}`;
  return `{"type":"results","results":[${result}]}`;
}

/** JSON.stringify cannot follow what nests so deep. */
function textOf(result: object): string {
  return 'capture' in result ? deepResult().slice('{"type":"results","results":['.length, -2) : JSON.stringify(result);
}

describe('the agent end of the runtime socket', () => {
  let directory: string;
  let server: RuntimeServer;
  const results: SeenResult[] = [];
  const refused: string[] = [];

  beforeEach(async () => {
    results.length = 0;
    refused.length = 0;
    directory = await mkdtemp(join(tmpdir(), 'runtime-server-'));
    server = new RuntimeServer({
      directory,
      onChange: () => {},
      onResults: (found) => results.push(...found),
      onRefused: (uids) => refused.push(...uids),
    });
    await server.listen();
  });

  afterEach(async () => {
    await server.close();
    await rm(directory, { recursive: true });
  });

  it('writes a connection file that any user of the pod can read, beside a socket that any can dial', async () => {
    const path = join(directory, CONNECTION_FILE);
    const { socket } = connectionFileSchema.parse(JSON.parse(await readFile(path, 'utf8')));

    expect((await stat(path)).mode & 0o777).toBe(0o644);
    expect((await stat(join(directory, socket))).mode & 0o777).toBe(0o666);
  });

  it('answers a hello with the whole desired set, and again when it changes', async () => {
    server.setDesired(1, [exampleProbe()]);
    const client = await RuntimeClient.greet(directory, exampleProcess());
    expect((await client.heard(isDesired)).probes).toEqual([exampleProbe()]);

    server.setDesired(2, []);
    expect((await client.heard(isRevision(2))).probes).toEqual([]);
  });

  it('gives a process only the probes of its container, and those that name none', async () => {
    const wanted = [exampleProbe({ uid: 'mine', containerName: 'app' }), exampleProbe({ uid: 'any' })];
    server.setDesired(1, [...wanted, exampleProbe({ uid: 'theirs', containerName: 'proxy' })]);
    const client = await RuntimeClient.greet(directory, exampleProcess());

    expect((await client.heard(isDesired)).probes).toEqual(wanted);
  });

  describe('with a runtime of an older version, which says nothing of what it enforces', () => {
    const plain = exampleProbe({ uid: 'plain' });
    const judged = exampleProbe({ uid: 'judged', places: [{ policy: 'own-code', allow: [], deny: [] }] });
    const old = exampleProcess({ instanceID: 'process-old', enforces: undefined });
    const wantRefused = {
      ...{ uid: 'judged', generation: 1, state: 'Failed', reason: 'RuntimeTooOld' },
      message: expect.stringMatching(
        /does not enforce rules on files, functions and packages\. Start the process anew/,
      ),
    };

    it('keeps back what it would not enforce, says so, and serves it as before with the rest', async () => {
      server.setDesired(1, [plain, judged]);
      const client = await RuntimeClient.greet(directory, old);
      expect((await client.heard(isDesired)).probes).toEqual([plain]);

      client.send({ type: 'states', revision: 1, probes: [exampleState({ uid: 'plain' })] });
      const wantStates = [exampleState({ uid: 'plain' }), wantRefused];
      await vi.waitFor(() => expect(server.processes()).toMatchObject([{ revision: 1, probes: wantStates }]));
    });

    it('takes a probe out that needs something from now on', async () => {
      server.setDesired(1, [{ ...judged, places: undefined }]);
      const client = await RuntimeClient.greet(directory, old);
      expect((await client.heard(isDesired)).probes).toHaveLength(1);
      client.send({ type: 'states', revision: 1, probes: [exampleState({ uid: 'judged' })] });
      await vi.waitFor(() => expect(server.processes()[0]?.revision).toBe(1));

      server.setDesired(2, [judged]);
      expect((await client.heard(isRevision(2))).probes).toEqual([]);
      // Until it has answered, the probe is in its code.
      expect(server.processes()).toMatchObject([{ revision: 1, probes: [{ uid: 'judged', state: 'Armed' }] }]);
      client.send({ type: 'states', revision: 2, probes: [] });
      await vi.waitFor(() => expect(server.processes()).toMatchObject([{ revision: 2, probes: [wantRefused] }]));
    });

    it('hands the same probe to another process, which enforces it', async () => {
      server.setDesired(1, [plain, judged]);
      await RuntimeClient.greet(directory, old);
      const client = await RuntimeClient.greet(directory, exampleProcess({ enforces: ['Places', 'SomethingNewer'] }));
      expect((await client.heard(isDesired)).probes).toEqual([plain, judged]);
    });

    it('takes what is no declaration for none, and the process for one that it serves', async () => {
      server.setDesired(1, [plain, judged]);
      const { client, secret } = await RuntimeClient.connect(directory);
      const process = { ...old, enforces: { Places: true } };
      client.send({ type: 'hello', protocol: 1, secret, process });
      expect((await client.heard(isDesired)).probes).toEqual([plain]);
    });
  });

  it('keeps the last states of every process and passes results on', async () => {
    server.setDesired(3, [exampleProbe()]);
    const client = await RuntimeClient.greet(directory, exampleProcess());
    await client.heard(isDesired);
    client.send({ type: 'states', revision: 3, probes: [exampleState({ hits: 2 })] });
    client.send({ type: 'results', results: [exampleResult(1), exampleResult(2)] });
    await vi.waitFor(() => expect(results).toHaveLength(2), { timeout: 60_000 });

    expect(server.processes()).toEqual([
      { process: exampleProcess(), revision: 3, probes: [exampleState({ hits: 2 })] },
    ]);
  });

  it('says nothing to a peer with a wrong secret but goodbye', async () => {
    server.setDesired(1, [exampleProbe()]);
    const { client } = await RuntimeClient.connect(directory);
    client.send({ type: 'hello', protocol: 1, secret: 'x'.repeat(32), process: exampleProcess() });
    await client.closed;

    expect(client.frames).toEqual([{ type: 'bye', reason: 'refused', message: 'wrong secret' }]);
    expect(server.processes()).toEqual([]);
  });

  it.each([
    ['something before hello', '{"type":"states","revision":1,"probes":[]}\n', /first frame must be hello/],
    ['no JSON', 'GET / HTTP/1.1\n', /not JSON/],
    ['a frame that does not parse', '{"type":"hello"}\n', /does not parse/],
    ['results before hello, of which nothing can be read', `${deepResult()}\n`, /first frame must be hello/],
    ['a frame without an end', 'x'.repeat(MAX_FRAME_BYTES + 1), /larger than/],
  ])('refuses a peer that sends %s', async (_, text, wantMessage) => {
    const { client } = await RuntimeClient.connect(directory);
    client.sendText(text);

    expect((await client.heard(isBye)).message).toMatch(wantMessage);
    await client.closed;
  });

  it.each([
    [
      'is longer than a message may be',
      exampleResult(2, { log: { level: 'Info', message: 'x'.repeat(MAX_TEXT + 1) } }),
    ],
    ['is no result', { uid: 'uid-1', message: 'hello' }],
    ['nests deeper than a parser can follow', JSON.parse(deepResult()).results[0]],
  ])('loses a single result that %s, counted, and keeps its process and all others', async (_, odd) => {
    server.setDesired(1, [exampleProbe()]);
    const client = await RuntimeClient.greet(directory, exampleProcess());
    await client.heard(isDesired);
    const most = exampleResult(1, { log: { level: 'Info', message: 'x'.repeat(MAX_TEXT) } });
    const text = `{"type":"results","results":[${textOf(most)},${textOf(odd)},${textOf(exampleResult(3))}]}\n`;
    client.sendText(text);
    await vi.waitFor(() => expect(results).toHaveLength(2), { timeout: 60_000 });

    expect(results.map(({ sequence }) => sequence)).toEqual([1, 3]);
    expect(refused).toEqual([odd.uid]);
    expect(server.processes()).toHaveLength(1);
    expect(client.frames.filter(isBye)).toEqual([]);
  });

  it('loses a frame of results that is larger than frames are, and keeps the process and what comes next', async () => {
    const client = await RuntimeClient.greet(directory, exampleProcess());
    await client.heard(isDesired);
    const frame = (sequence: number, length: number) => {
      const text = `{"type":"results","results":[${JSON.stringify(exampleResult(sequence))}]}`;
      return `${text.slice(0, -1)}${' '.repeat(length - text.length)}}\n`;
    };
    client.sendText(frame(1, MAX_FRAME_BYTES));
    client.sendText(frame(2, MAX_FRAME_BYTES + 1));
    client.sendText(frame(3, 1000));
    await vi.waitFor(() => expect(results).toHaveLength(2), { timeout: 60_000 });

    expect(results.map(({ sequence }) => sequence)).toEqual([1, 3]);
    expect(server.processes()).toHaveLength(1);
  });

  it('takes the states that it can read when one is odd', async () => {
    const client = await RuntimeClient.greet(directory, exampleProcess());
    const long = exampleState({ uid: 'long', message: 'x'.repeat(MAX_MESSAGE + 1) });
    client.send({ type: 'states', revision: 1, probes: [long, exampleState()] });
    await vi.waitFor(() => expect(server.processes()[0]?.probes).toEqual([exampleState()]), { timeout: 60_000 });
  });

  it('refuses a runtime of another protocol with the version that it speaks itself', async () => {
    const { client, secret } = await RuntimeClient.connect(directory);
    client.send({ type: 'hello', protocol: 99, secret, process: exampleProcess() });

    expect((await client.heard(isBye)).message).toBe('protocol 99 is not spoken here; this agent speaks 1');
  });

  it('lets a second connection of the same process take over without losing what the first said', async () => {
    server.setDesired(1, [exampleProbe()]);
    const first = await RuntimeClient.greet(directory, exampleProcess());
    await first.heard(isDesired);
    first.send({ type: 'states', revision: 1, probes: [exampleState()] });
    first.send({ type: 'results', results: [exampleResult(1)] });
    await vi.waitFor(() => expect(results).toHaveLength(1), { timeout: 60_000 });
    const second = await RuntimeClient.greet(directory, exampleProcess());

    expect((await first.heard(isBye)).reason).toBe('replaced');
    await first.closed;
    expect((await second.heard(isDesired)).probes).toEqual([exampleProbe()]);
    expect(server.processes()).toEqual([{ process: exampleProcess(), revision: 1, probes: [exampleState()] }]);
  });

  it('has room for a process however many threads there are', async () => {
    const instance = (number: number) => exampleProcess({ instanceID: `instance-${number}`, threadID: number });
    for (let number = 1; number <= 32; number += 1) {
      await (await RuntimeClient.greet(directory, instance(number))).heard(isDesired);
    }
    const thread = await RuntimeClient.greet(directory, instance(33));
    expect((await thread.heard(isBye)).message).toMatch(/^32 processes and threads are connected/);
    const process = await RuntimeClient.greet(directory, exampleProcess());
    await process.heard(isDesired);
  });

  it('forgets a process that does not come back', async () => {
    const client = await RuntimeClient.greet(directory, exampleProcess());
    await client.heard(isDesired);
    client.end();
    await client.closed;

    expect(server.processes()).toHaveLength(1);
    await vi.waitFor(() => expect(server.processes()).toEqual([]), { timeout: 60_000 });
  });

  it('leaves neither socket nor connection file behind, and cuts every connection', async () => {
    const client = await RuntimeClient.greet(directory, exampleProcess());
    await client.heard(isDesired);
    const { socket } = connectionFileSchema.parse(JSON.parse(await readFile(join(directory, CONNECTION_FILE), 'utf8')));
    await server.close();
    await client.closed;

    await expect(stat(join(directory, CONNECTION_FILE))).rejects.toThrow('ENOENT');
    const error = await new Promise((resolve) => connect(socket).once('error', resolve));
    expect(String(error)).toMatch(/ENOENT|ECONNREFUSED/);
  });
});
