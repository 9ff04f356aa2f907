import { expect, test } from 'vitest';
import { compiledSchema } from '../../../src/gateway/agents/compiled-schema.ts';
import { agentToGatewaySchema } from '../../../src/protocol/gateway-messages.ts';
import { processInfo, result, state } from '../../controllers/probes/fixtures.ts';

const compiled = compiledSchema(agentToGatewaySchema);
const deep = { type: 'object', className: 'A', fields: [{ name: 'a', value: { type: 'number', value: '1' } }] };
const process = { process: processInfo('instance-1'), revision: 4, probes: [state({ hits: 3, message: 'm' })] };
const usage = [{ uid: 'probe-1', generation: 1, granted: 5, used: 2, held: 0 }];

const frames: [string, unknown][] = [
  ['hello', { type: 'hello', agentVersion: '0.1.0', agentID: 'agent-0001' }],
  ['states', { type: 'states', revision: 4, processes: [process], usage }],
  ['states without usage, with members that nobody knows', { type: 'states', revision: 4, processes: [], more: 1 }],
  ['results', { type: 'results', first: 1, results: [result(1), result(2)] }],
  ['a capture', { type: 'results', first: 1, results: [{ ...result(1), kind: 'Snapshot', capture: deep }] }],
  ['drops', { type: 'dropped', probes: [{ uid: 'probe-1', count: 2 }] }],
  ['a text that is too long', { type: 'hello', agentVersion: 'x'.repeat(33), agentID: 'agent-0001' }],
  ['a number that is none', { type: 'states', revision: -1, processes: [process] }],
  [
    'a state of no reason',
    { type: 'states', revision: 1, processes: [{ ...process, probes: [{ ...state(), reason: 'X' }] }] },
  ],
  ['too many processes', { type: 'states', revision: 1, processes: Array.from({ length: 65 }, () => process) }],
  ['another type', { type: 'other' }],
  ['no object', 7],
];

test.each(frames)('a compiled schema reads %s as the schema does', (_, frame) => {
  const want = agentToGatewaySchema.safeParse(frame);
  const read = compiled.safeParse(frame);
  expect(read.success).toBe(want.success);
  expect(read.data).toEqual(want.data);
  expect(read.error?.issues).toEqual(want.error?.issues);
});
