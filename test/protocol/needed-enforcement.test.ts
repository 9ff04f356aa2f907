import { describe, expect, it } from 'vitest';
import { agentToGatewaySchema } from '../../src/protocol/gateway-messages.ts';
import {
  describeEnforcement,
  ENFORCEMENTS,
  type Enforcement,
  knownEnforcement,
  lackingFor,
  neededEnforcement,
} from '../../src/protocol/needed-enforcement.ts';
import { toWireProbe } from '../../src/protocol/to-wire-probe.ts';
import type { WireProbe } from '../../src/protocol/wire-probe.ts';
import { describeProcess } from '../../src/runtime/node/idle/process-info.ts';
import { dynamicLog, snapshot } from '../controllers/probes/fixtures.ts';
import { probe } from '../gateway/fixtures.ts';

const limits = probe('a').limits;
const redaction: NonNullable<WireProbe['redaction']> = { mode: 'Default', names: ['badge'], replacement: 'Remove' };
const places: WireProbe['places'] = [{ policy: 'own-code', allow: [], deny: [] }];

describe('what whoever gets a probe must enforce', () => {
  const cases: Record<string, { probe: Partial<WireProbe>; want: Enforcement[] }> = {
    'nothing, where it has only what every version knows': { probe: {}, want: [] },
    'nothing, where expressions may go as far as they can anyway': {
      probe: { limits: { ...limits, calls: 'Checked' } },
      want: [],
    },
    'how far expressions may go': { probe: { limits: { ...limits, calls: 'Proven' } }, want: ['Calls'] },
    'rules on places, whatever they say': { probe: { places }, want: ['Places'] },
    'nothing, where the list of them is empty': { probe: { places: [] }, want: [] },
    'names that are hidden': { probe: { redaction }, want: ['Redaction'] },
    'a list of what is allowed': {
      probe: { redaction: { mode: 'AllowList', allow: [], replacement: 'Remove' } },
      want: ['Redaction'],
    },
    'patterns, beside the redaction that they are a part of': {
      probe: { redaction: { ...redaction, patterns: ['E[0-9]{6}'] } },
      want: ['Patterns', 'Redaction'],
    },
  };
  it.each(Object.entries(cases))('%s', (_, { probe: changes, want }) => {
    expect(neededEnforcement({ ...probe('a'), ...changes } as WireProbe)).toEqual(want);
  });

  it('nothing, for a probe under no policy but the default one', () => {
    for (const one of [dynamicLog(), snapshot()]) expect(neededEnforcement(toWireProbe(one, { now: 0 }))).toEqual([]);
  });
});

describe('a declaration', () => {
  const judged: WireProbe = { ...probe('a'), places, redaction };
  const read = (enforces: unknown) => {
    const hello = { type: 'hello', agentVersion: '0', agentID: 'agent-0001', enforces };
    const frame = agentToGatewaySchema.parse(JSON.parse(JSON.stringify(hello)));
    return frame.type === 'hello' ? frame.enforces : undefined;
  };

  it.each<[string, unknown, Enforcement[]]>([
    ['that is not there declares nothing', undefined, ['Places', 'Redaction']],
    ['of a part leaves the rest', ['Redaction'], ['Places']],
    ['with entries that are not known counts by those that are', ['Places', 'Colors', 'Redaction'], []],
    ['that is no list of texts declares nothing', { Places: true, Redaction: true }, ['Places', 'Redaction']],
    ['that is longer than any declares nothing', Array(1000).fill('Places'), ['Places', 'Redaction']],
  ])('%s', (_, declared, wantLacking) => {
    expect(lackingFor(judged, read(declared))).toEqual(wantLacking);
  });

  it('is kept without what is not known, and as one list where it is whole', () => {
    expect(knownEnforcement(['Places', 'Colors'])).toEqual(['Places']);
    expect(knownEnforcement(['Colors', ...ENFORCEMENTS])).toBe(ENFORCEMENTS);
  });

  it('of the runtime for Node.js has everything', () => {
    expect(describeProcess('app').enforces?.toSorted()).toEqual([...ENFORCEMENTS]);
  });
});

it('people read what is lacking as a sentence would have it', () => {
  expect(describeEnforcement(['Redaction'])).toBe('rules of redaction');
  expect(describeEnforcement(['Calls', 'Patterns', 'Redaction'])).toBe(
    'how far expressions may go, patterns of redaction and rules of redaction',
  );
});
