import { beforeAll, describe, expect, it } from 'vitest';
import { conditionOf } from '../../src/api/conditions.ts';
import { dynamicLog } from '../controllers/probes/fixtures.ts';
import { computeKstatus, type Verdict, whyNoKstatus } from './kstatus/compute-kstatus.ts';
import { SITUATIONS } from './situations.ts';

const why = await whyNoKstatus();
const skipped = why === undefined ? '' : ` (skipped: ${why})`;

const probes = Object.values(SITUATIONS).map(({ probe }) => probe);
const deleted = {
  ...dynamicLog(),
  metadata: { ...dynamicLog().metadata, deletionTimestamp: '2026-11-21T10:00:00Z' },
};

function policy(ready: string, stalled: string) {
  const conditions = [
    { type: 'Ready', status: ready, reason: 'Word', message: 'How it is.' },
    { type: 'Stalled', status: stalled, reason: 'Word', message: 'Why it cannot be.' },
  ];
  return {
    apiVersion: 'davylamp.dev/v1alpha1',
    kind: 'InstrumentationPolicy',
    metadata: { name: 'all', generation: 1 },
    status: { observedGeneration: 1, conditions },
  };
}

describe.skipIf(why !== undefined)(`what kstatus says${skipped}`, () => {
  let verdicts: Verdict[];

  beforeAll(async () => {
    const policies = [policy('True', 'False'), policy('False', 'False'), policy('False', 'True')];
    verdicts = await computeKstatus([...probes, deleted, ...policies]);
  });

  it.each(Object.entries(SITUATIONS))('of a probe: %s', (_, { probe, wantKstatus }) => {
    expect(verdicts[probes.indexOf(probe)]?.status).toBe(wantKstatus);
  });

  it('has the message of the condition that counts', () => {
    const at = Object.keys(SITUATIONS).indexOf('every pod refuses it');
    const wantMessage = conditionOf(probes[at]?.status?.conditions, 'Stalled')?.message;
    expect(wantMessage).toMatch(/LineNotExecutable/);
    expect(verdicts[at]?.message).toBe(wantMessage);
  });

  it('of a probe that is being deleted, and of policies in force, not yet in force and stalled', () => {
    const wanted = ['Terminating', 'Current', 'InProgress', 'Failed'];
    expect(verdicts.slice(probes.length).map(({ status }) => status)).toEqual(wanted);
  });
});
