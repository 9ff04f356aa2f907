import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { redactionHash } from '../../../../src/protocol/redaction-hash.ts';
import type { WireProbe } from '../../../../src/protocol/wire-probe.ts';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application } from '../harness/application.ts';
import { dynamicLog } from '../harness/probe.ts';

/** A process that reaches the line all the time, with values that take long to look through, so that results wait for their turn. */
const PROGRAM = [
  'function place(order) {', //                        1
  '  return order.id;', //                             2
  '}', //                                              3
  "const order = { id: 7, label() { return 'for ' + this.customer; }, customer: 'Ada', note: 'by EMP-1234 ' + 'a1 '.repeat(3000) };",
  'setInterval(() => { for (let turn = 0; turn < 20; turn += 1) place(order); }, 1);',
  "console.log('ready');",
].join('\n');
const CHANGES = Number(process.env.CHANGES ?? 1000);

const root = realpathSync(mkdtempSync(join(tmpdir(), 'davylamp-change-')));
let agent: AgentEnd;
let application: Application;
beforeAll(async () => {
  writeFileSync(join(root, 'main.cjs'), PROGRAM);
  agent = await new AgentEnd().listen();
  application = await Application.start(join(root, 'main.cjs'), { run: agent.directory, cwd: root });
  await agent.hello();
});
afterAll(async () => {
  await application.stop();
  agent.close();
  rmSync(root, { recursive: true, force: true });
});

const STRICT = {
  mode: 'Default',
  names: ['customer'],
  patterns: ['EMP-\\d+'],
  replacement: 'Remove',
} satisfies WireProbe['redaction'];
const SHOWN = /Ada|EMP-/;

it(`of ${CHANGES} changes of redaction under load none lets the old form out once the process has said that the new rules are in force`, async () => {
  const limits = { hitsPerSecond: 5000, remainingHits: 1_000_000, cpuMillisecondsPerSecond: 1000 };
  const open = dynamicLog({ file: 'main.cjs', line: 2 }, '{order.label()} {order.note}', { limits });
  const strict: WireProbe = { ...open, redaction: STRICT };
  const wantHash = redactionHash(STRICT);
  let hidden = 0;
  let shown = 0;
  for (let change = 0; change < CHANGES; change += 1) {
    await agent.desire(open);
    const before = agent.results.length;
    await agent.until(() => agent.results.length > before);
    shown += agent.results.splice(0).filter(({ log }) => SHOWN.test(log?.message ?? '')).length;

    const [state] = await agent.desire(strict);
    expect(state).toMatchObject({ state: 'Armed', redactionHash: wantHash });
    // What came before the answer is of either form, and says of which; what comes after it is of the new one.
    for (const { log, redactionHash: made } of agent.results.splice(0)) {
      expect(SHOWN.test(log?.message ?? '')).toBe(made === undefined);
    }
    await agent.until(() => agent.results.length > 0);
    for (const { log, redactionHash: made } of agent.results.splice(0)) {
      expect(log?.message).not.toMatch(SHOWN);
      expect(made).toBe(wantHash);
      hidden += 1;
    }
  }
  expect(shown).toBeGreaterThanOrEqual(CHANGES);
  expect(hidden).toBeGreaterThanOrEqual(CHANGES);
}, 600_000);
