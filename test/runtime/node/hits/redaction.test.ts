import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WireProbe } from '../../../../src/protocol/wire-probe.ts';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application } from '../harness/application.ts';
import { dynamicLog, isInTime, snapshot } from '../harness/probe.ts';

/** A line of the fixture where customer.password is `hunter2` and customer.name `Ada`. */
const PLACE = { file: 'orders.cjs', line: 37 };

let agent: AgentEnd;
let application: Application;

beforeAll(async () => {
  agent = await new AgentEnd().listen();
  application = await Application.start('orders.cjs', { run: agent.directory });
  await application.line((line) => line === 'ready');
  await agent.hello();
});
afterAll(async () => {
  await application.stop();
  agent.close();
});

async function messageOf(message: string, redaction: WireProbe['redaction']): Promise<string | undefined> {
  const probe = dynamicLog(PLACE, message, { redaction, limits: { cpuMillisecondsPerSecond: 1000 } });
  await agent.desire(probe);
  const result = agent.result((one) => one.uid === probe.uid && isInTime(one));
  return (await application.repeat('take 7', result)).log?.message;
}

test('values behind names of the probe are hidden, besides those that always are', async () => {
  const message = '{order.customer.name} {order.customer} {order.customer.name.length} {order.id}';
  const redaction = { mode: 'Default', replacement: 'Remove', names: ['NA-ME'] } satisfies WireProbe['redaction'];
  const want = '<redacted> {"name":"<redacted>","password":"<redacted>"} <redacted> 7';
  expect(await messageOf(message, redaction)).toBe(want);
});

test('equal values have equal hashes, whatever expression they come from, and other probes have others', async () => {
  const message = '{order.customer.password} {order.customer["password"]} {order.customer}';
  const hashes = async (key: string) => {
    const text = await messageOf(message, { mode: 'Default', replacement: 'Hash', key });
    return text?.match(/#[0-9a-f]{12}/g) ?? [];
  };
  const [first, ...others] = await hashes('one');
  expect(others).toEqual([first, first]);
  expect(await hashes('two')).not.toContain(first);
});

test('what a pattern is for is hidden wherever it stands, and a pattern that cannot be read refuses the probe', async () => {
  const hiding = (...patterns: string[]) =>
    ({ mode: 'Default', replacement: 'Remove', patterns }) satisfies WireProbe['redaction'];
  expect(await messageOf('by {order.customer.name} ({order.id})', hiding('A[a-e]{2}', '^7$'))).toBe(
    'by <redacted> (<redacted>)',
  );

  const probe = dynamicLog(PLACE, '{order.id}', { redaction: hiding('(unclosed') });
  await agent.desire(probe);
  const state = await agent.state(({ uid, state: one }) => uid === probe.uid && one === 'Failed');
  expect(state).toMatchObject({ reason: 'PatternInvalid', message: expect.stringMatching(/^redaction\.patterns: /) });
});

test('a mask tells the length', async () => {
  const redaction = { mode: 'Default', replacement: 'Mask' } as const;
  expect(await messageOf('{order.customer.password}', redaction)).toBe('<redacted:7 characters>');
});

test('an allow-list shows what is on it, and of expressions those that only read', async () => {
  const redaction = {
    mode: 'AllowList',
    replacement: 'Remove',
    allow: ['id', 'password'],
  } satisfies WireProbe['redaction'];
  const message = '{order.id} {order.id + 1} {order.customer.name} {order.customer.password} {order.customer}';
  const want = '7 <redacted> <redacted> <redacted> {"name":"<redacted>","password":"<redacted>"}';
  expect(await messageOf(message, redaction)).toBe(want);
});

test('the name that a program gave an error is a value like others', async () => {
  const message = '{order.failure.name} {order.failure}';
  expect(await messageOf(message, undefined)).toBe('OrderLate OrderLate: too late');
  expect(await messageOf(message, { mode: 'Default', replacement: 'Remove', names: ['name'] })).toBe(
    '<redacted> RangeError: too late',
  );
  const allowList = { mode: 'AllowList', replacement: 'Remove', allow: ['failure'] } satisfies WireProbe['redaction'];
  expect(await messageOf('{order.failure}', allowList)).toBe('RangeError: too late');
});

test('an allow-list holds for variables of a snapshot, and for what a condition throws', async () => {
  const redaction = { mode: 'AllowList', replacement: 'Remove', allow: ['id'] } satisfies WireProbe['redaction'];
  const probe = snapshot(PLACE, {
    redaction,
    limits: { hitsPerSecond: 100 },
    watch: ['order.id', 'order.customer.name'],
  });
  await agent.desire(probe);
  const { capture } = await application.repeat(
    'take 7',
    agent.result(({ uid, capture: one }) => uid === probe.uid && JSON.stringify(one).includes('"text":"7"')),
  );
  expect(JSON.stringify(capture)).not.toContain('Ada');
  const refused = dynamicLog(PLACE, 'x', { redaction, condition: 'JSON.parse(order.customer.name)' });
  await agent.desire(refused);
  const { message } = await application.repeat(
    'take 7',
    agent.state((state) => state.uid === refused.uid && state.message !== undefined),
  );
  expect(message).toMatch(/^EvaluationFailed: the condition: SyntaxError \(\d+ hits?\)(?:;|$)/);
});
