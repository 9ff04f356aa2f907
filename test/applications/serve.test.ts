import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { dynamicLog, snapshot } from '../runtime/node/harness/probe.ts';
import {
  expectCapture,
  expectCapturedIn,
  expectHits,
  limits,
  messagesOf,
  placesIn,
  type Running,
  runAlone,
  runProbed,
  TEST_MILLISECONDS,
  type Tried,
  WAYS,
} from './tried-run.ts';

/** A server of static files in one minified file of its own and all its dependencies, with a source map beside it. */
const serve: Tried = {
  file: fileURLToPath(new URL('dist/serve.mjs', import.meta.url)),
  args: (port) => ['public', '--listen', `tcp://127.0.0.1:${port}`, '--no-clipboard', '--cors', '--no-port-switching'],
  prepare: (directory) => {
    mkdirSync(join(directory, 'public/sub'), { recursive: true });
    writeFileSync(join(directory, 'public/index.html'), '<h1>front</h1>');
    writeFileSync(join(directory, 'public/about.html'), '<h1>about</h1>');
    writeFileSync(join(directory, 'public/sub/data.json'), '{"answer":42}');
    writeFileSync(join(directory, 'public/large.txt'), 'text '.repeat(20_000));
    writeFileSync(join(directory, 'public/serve.json'), '{"redirects":[{"source":"/old","destination":"/about"}]}');
  },
  normalize: (line) => line.replaceAll(/\d+/g, '0'),
  smoke: async ({ url }: Running) => {
    const answers: unknown[] = [];
    const ask = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
      const response = await fetch(`${url}${path}`, { headers, method, redirect: 'manual' });
      const text = await response.text();
      const { status } = response;
      const names = ['content-type', 'content-range', 'location', 'access-control-allow-origin', 'content-encoding'];
      answers.push(
        status,
        names.map((name) => response.headers.get(name)),
        text.length,
        text.slice(0, 40),
      );
    };
    await ask('/');
    await ask('/about');
    await ask('/about.html');
    await ask('/old');
    await ask('/sub/');
    await ask('/sub/', { accept: 'application/json' });
    await ask('/sub/data.json');
    await ask('/large.txt', { 'accept-encoding': 'gzip' });
    await ask('/large.txt', { range: 'bytes=0-9' });
    await ask('/not-there');
    await ask('/..%2f..%2fetc/passwd');
    await ask('/', {}, 'HEAD');
    return answers;
  },
};

const OWN = 'serve/build/main.js';
const HANDLER = 'serve-handler/src/index.js';

test.each(WAYS)(
  'serve, minified into one file, answers as ever, with probes in its source and in that of its handler: %s',
  async (way) => {
    const own = placesIn(OWN);
    const handler = placesIn(HANDLER);
    const asked = dynamicLog(own('await handler(request, response, config2);'), '{requestUrl} is asked', { limits });
    const asking = snapshot(own('const responseTime = '), { watch: ['response.statusCode'], limits });
    const started = dynamicLog(
      { file: OWN, function: 'serverHandler', at: 'Entry' },
      '{request.method} {request.url}',
      { limits },
    );
    const cleaned = dynamicLog(handler('const redirect = shouldRedirect(relativePath'), '{relativePath} {cleanUrl}', {
      limits,
    });
    const found = snapshot(handler('const redirect = shouldRedirect(relativePath'), { limits });
    const related = dynamicLog({ file: HANDLER, function: 'getHeaders', at: 'Entry' }, 'headers of {current}', {
      limits,
    });

    const alone = await runAlone(serve);
    const probed = await runProbed(serve, [asked, asking, started, cleaned, found, related], way, (told) => {
      expectHits(told, 6);
      expect(messagesOf(told, asked)).toContain('GET /about is asked');
      expect(messagesOf(told, started)).toContain('HEAD /');
      expect(messagesOf(told, cleaned)).toEqual(expect.arrayContaining(['/about.html true']));
      expect(messagesOf(told, related)).toEqual([expect.stringMatching(/^headers of .*public$/)]);
      expectCapturedIn(told, asking, { location: expect.stringContaining(OWN) });
      expectCapture(told, asking, (capture) => {
        expect(capture.frames[0]).toMatchObject({
          locals: expect.arrayContaining([expect.objectContaining({ name: 'requestUrl' })]),
        });
      });
      expectCapturedIn(told, found, { location: expect.stringContaining(HANDLER) });
      expectCapture(told, found, (capture) => {
        expect(capture.frames[0]).toMatchObject({
          locals: expect.arrayContaining([expect.objectContaining({ name: 'relativePath' })]),
        });
      });
    });
    expect(probed.answers).toEqual(alone.answers);
    expect(probed.output).toEqual(alone.output);
  },
  TEST_MILLISECONDS,
);
