import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AgentEnd } from '../runtime/node/harness/agent-end.ts';
import { Application } from '../runtime/node/harness/application.ts';
import { dynamicLog } from '../runtime/node/harness/probe.ts';
import { folderOf, MAJORS, nodeOf } from './case-run.ts';

const limits = { cpuMillisecondsPerSecond: 1000, hitsPerSecond: 1000, calls: 'Proven' as const };
const WANTED: Readonly<Record<string, string>> = {
  '{request.headers["x-order"]} {request.headers.accept} {request.headers.authorization}': 'o-1 a/b, c/d <redacted>',
  '{request.socket.remoteAddress} {request.connection === request.socket}': '127.0.0.1 true',
  '{request.destroyed} {request.readableEnded} {request.complete}': 'false false false',
  '{url.href} {url.origin} {url.host}': expect.stringMatching(
    /^http:\/\/shop.example\/orders\/7\?.* http:\/\/shop.example shop.example$/,
  ),
  '{url.pathname} {url.search} {url.hash === ""}': '/orders/7 ?q=a%20b&token=<redacted> true',
  '{url.searchParams.get("q")} {url.searchParams.has("x")} {url.searchParams.get("token")} {url.searchParams.size}':
    'a b false <redacted> 2',
  '{response.headersSent} {response.getHeader("X-Shop")} {response.hasHeader("x-none")}': 'false linz false',
  '{response.writableEnded} {response.writableFinished} {response.destroyed}': 'false false false',
  '{sent.method} {sent.url} {sent.headers.get("x-kind")}': 'PUT http://shop.example/items lamp',
};

test.each(MAJORS)("getters of Node.js's own objects have values without a pause on Node.js %s", async (major) => {
  const agent = await new AgentEnd().listen();
  const file = join(folderOf('node-getters'), 'app.cjs');
  const application = await Application.start(file, { node: nodeOf(major), run: agent.directory });
  try {
    await application.line((line) => line === 'ready');
    await agent.hello();
    const said: (string | undefined)[] = [];
    for (const message of Object.keys(WANTED)) {
      const probe = dynamicLog({ file: 'node-getters/app.cjs', line: 7 }, message, { limits });
      await agent.desire(probe);
      const known = agent.result(
        ({ uid, log }) => uid === probe.uid && !/SideEffectRefused|EvaluationTimeout/.test(log?.message ?? ''),
      );
      said.push((await application.repeat('take', known)).log?.message);
    }
    expect(said).toEqual(Object.values(WANTED));
  } finally {
    await application.stop();
    agent.close();
  }
});
