import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AgentEnd } from '../runtime/node/harness/agent-end.ts';
import { Application } from '../runtime/node/harness/application.ts';
import { dynamicLog } from '../runtime/node/harness/probe.ts';
import { folderOf, MAJORS, nodeOf } from './case-run.ts';

const limits = { cpuMillisecondsPerSecond: 1000, hitsPerSecond: 1000, maxStallMilliseconds: 60_000 };
/** What a hit says of a function that was not looked at before it, or for which its pause had no time. */
const UNKNOWN = /EvaluationTimeout|out of time|<not called|<SideEffectRefused/;

const WANTED: readonly (readonly [message: string, want: RegExp])[] = [
  ['{user.name} {user.age} {user.addr.city} {user.upper}', /^ann \d+ Linz ANN$/],
  ['{order.ref} {order.total} {order.dataValues.paid}', /^R-\d+ 12.50 false$/],
  ['{price.euros} {price.toJSON()}', /^19.99 \{"cents":1999\}$/],
  ['{String(dec)} {dec.toNumber()}', /^10.25 10.25$/],
];

test.each(MAJORS)('fields of documents, decimals and money have their values on Node.js %s', async (major) => {
  const agent = await new AgentEnd().listen();
  const node = nodeOf(major);
  const application = await Application.start(join(folderOf('12-orm-docs'), 'app.cjs'), { node, run: agent.directory });
  try {
    await agent.hello();
    for (const [message, want] of WANTED) {
      const probe = dynamicLog({ file: '12-orm-docs/app.cjs', line: 17 }, message, { limits });
      await agent.desire(probe);
      const isKnown = (text = '') => !UNKNOWN.test(text);
      const { log } = await agent.result((result) => result.uid === probe.uid && isKnown(result.log?.message));
      expect(log?.message).toMatch(want);
    }
    // Nothing is secret here, and what is not called says so.
    const get = dynamicLog({ file: '12-orm-docs/app.cjs', line: 17 }, '{user.get("name")}', { limits });
    await agent.desire(get);
    const { log } = await agent.result(({ uid }) => uid === get.uid);
    expect(log?.message).toMatch(/^(?:ann|<(?:not called|EvaluationTimeout): .+>)$/);
  } finally {
    await application.stop();
    agent.close();
  }
});
