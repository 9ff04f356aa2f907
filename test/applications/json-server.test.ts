import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dynamicLog, snapshot } from '../runtime/node/harness/probe.ts';
import {
  expectCapture,
  expectCapturedIn,
  expectHits,
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

const DATABASE = {
  posts: [
    { id: '1', title: 'a title', views: 100 },
    { id: '2', title: 'another title', views: 200 },
  ],
  comments: [{ id: '1', text: 'a comment', postId: '1' }],
  profile: { name: 'typicode' },
};

/** A REST server of ES modules only: reads, filters, sorts, pages, embeds, creates, changes and removes. */
const jsonServer: Tried = {
  file: join(modules, 'json-server/lib/bin.js'),
  args: (port) => ['db.json', '--port', `${port}`, '--host', '127.0.0.1'],
  // Else it watches its file, and on a busy machine reads back what it has itself written before the last change.
  env: { NODE_ENV: 'production' },
  prepare: (directory) => {
    writeFileSync(join(directory, 'db.json'), JSON.stringify(DATABASE));
    mkdirSync(join(directory, 'public'));
  },
  smoke: async ({ url }: Running) => {
    const answers: unknown[] = [];
    const ask = async (path: string, method = 'GET', body?: object) => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
      });
      const answer = (await response.json()) as { readonly id?: string };
      answers.push(response.status, JSON.stringify(answer).replaceAll(/"id":"[^"]{3,}"/g, '"id":"new"'));
      return answer;
    };
    await ask('/posts');
    await ask('/posts/2');
    await ask('/posts?views:gt=150');
    await ask('/posts?_sort=-views&_page=1&_per_page=1');
    await ask('/posts?_embed=comments');
    await ask('/profile');
    await ask('/nothing');
    const { id } = await ask('/posts', 'POST', { title: 'new', views: 1 });
    await ask(`/posts/${id}`, 'PATCH', { views: 2 });
    await ask(`/posts/${id}`, 'PUT', { title: 'newer' });
    await ask(`/posts/${id}`, 'DELETE');
    return answers;
  },
};

const SERVICE = 'json-server/lib/service.js';
const ROUTER = '@tinyhttp/app/dist/app.js';

test.each(WAYS)(
  'json-server answers as ever, with probes in its modules and in those of its router: %s',
  async (way) => {
    const service = placesIn(SERVICE);
    const router = placesIn(ROUTER);
    const found = dynamicLog(service('results = results.filter('), '{name}: {items.length}, {opts.sort}', { limits });
    const created = snapshot(service('items.push(item);'), { watch: ['item.title', 'items.length'], limits });
    const asked = dynamicLog({ file: SERVICE, function: 'Service.findById', at: 'Entry' }, 'find {id} of {name}', {
      limits,
    });
    const routed = dynamicLog(router('const exts = this.applyExtensions'), '{req.method} {req.url}', { limits });
    const routing = snapshot(router('const exts = this.applyExtensions'), { limits });
    const handled = dynamicLog({ file: ROUTER, function: 'App.handler', at: 'Entry' }, 'handle {req.url}', { limits });

    const alone = await runAlone(jsonServer);
    const probed = await runProbed(jsonServer, [found, created, asked, routed, routing, handled], way, (told) => {
      expectHits(told, 6);
      expect(messagesOf(told, found)).toEqual(expect.arrayContaining(['posts: 2, undefined', 'posts: 2, -views']));
      expect(messagesOf(told, asked)).toContain('find 2 of posts');
      expect(messagesOf(told, routed)).toEqual(expect.arrayContaining(['GET /posts/2', 'POST /posts']));
      expect(messagesOf(told, handled)).toContain('handle /profile');
      expectCapture(told, created, (capture) => {
        expect(capture).toMatchObject({
          frames: expect.arrayContaining([expect.objectContaining({ function: 'Service.create' })]),
          watches: [
            { name: 'item.title', value: { text: 'new' } },
            { name: 'items.length', value: { text: '2' } },
          ],
        });
      });
      expectCapturedIn(told, routing, {
        function: 'App.handler',
        location: expect.stringContaining('@tinyhttp/app/'),
      });
    });
    expect(probed.answers).toEqual(alone.answers);
    expect(probed.output).toEqual(alone.output);
  },
  TEST_MILLISECONDS,
);
