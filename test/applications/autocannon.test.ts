import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamicLog, snapshot } from '../runtime/node/harness/probe.ts';
import {
  expectCapture,
  expectCapturedIn,
  limits,
  messagesOf,
  modules,
  placesIn,
  type Running,
  runAlone,
  runProbed,
  TEST_MILLISECONDS,
  type Tried,
  WAYS,
} from './tried-run.ts';

/** Requests that are not answered before the application is to do its work: probes are armed meanwhile. */
const waiting = new Set<ServerResponse>();
let isOpen = false;
const server = createServer((_, response) => {
  if (isOpen) response.end('hello');
  else waiting.add(response);
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** A load generator whose requests are made by two worker threads; it ends when it has made them all. */
const autocannon: Tried = {
  file: join(modules, 'autocannon/autocannon.js'),
  args: () => {
    const { port } = server.address() as AddressInfo;
    return ['--workers', '2', '-c', '2', '-a', '240', '-t', '60', '--json', `http://127.0.0.1:${port}/`];
  },
  endsByItself: true,
  instances: 3,
  smoke: async ({ application }: Running) => {
    isOpen = true;
    for (const response of waiting) response.end('hello');
    const code = await application.exit();
    isOpen = false;
    waiting.clear();
    const report = JSON.parse(application.lines.find((line) => line.startsWith('{')) ?? '{}');
    const { connections, workers, errors, timeouts, mismatches, non2xx, statusCodeStats } = report;
    return { code, connections, workers, errors, timeouts, mismatches, non2xx, statusCodeStats };
  },
  normalize: (line) => line.replaceAll(/\d+(\.\d+)?/g, '0'),
};

const CLIENT = 'autocannon/lib/httpClient.js';
const PARSER = 'http-parser-js/http-parser.js';

test.each(WAYS)(
  'autocannon makes its requests as ever, with probes in its worker threads and in their HTTP parser: %s',
  async (way) => {
    const client = placesIn(CLIENT);
    const parser = placesIn(PARSER);
    const made = dynamicLog(client('this.reqsMade++'), 'request {this.reqsMade} of {this.opts.pipelining}', { limits });
    const making = snapshot(client('this.reqsMade++'), { watch: ['this.opts.pipelining'], limits });
    const written = dynamicLog(
      { file: CLIENT, function: 'Client._doRequest', at: 'Entry' },
      '{this.opts.pipelining} at a time',
      { limits },
    );
    const read = dynamicLog(parser('this.chunk = chunk;'), 'read {chunk.length > 10}', { limits });
    const reading = snapshot(parser('this.chunk = chunk;'), { limits });
    const parsed = dynamicLog({ file: PARSER, function: 'HTTPParser.execute', at: 'Entry' }, 'from {start}', {
      limits,
    });

    const alone = await runAlone(autocannon);
    const probed = await runProbed(autocannon, [made, making, written, read, reading, parsed], way, (told) => {
      expect(messagesOf(told, made)).toContain('request 10 of 1');
      expect(messagesOf(told, written)).toEqual(['1 at a time']);
      expect(messagesOf(told, read)).toEqual(['read true']);
      expect(messagesOf(told, parsed).length).toBeGreaterThan(0);
      expectCapture(told, making, (capture) => {
        expect(capture).toMatchObject({
          watches: [{ name: 'this.opts.pipelining', value: { text: '1' } }],
        });
      });
      expectCapturedIn(told, reading, { function: expect.stringContaining('HTTPParser') });
    });
    expect(probed.answers).toEqual(alone.answers);
    expect(probed.answers).toMatchObject({ code: 0, errors: 0, statusCodeStats: { 200: { count: 240 } } });
    expect(probed.output).toEqual(alone.output);
  },
  TEST_MILLISECONDS,
);
