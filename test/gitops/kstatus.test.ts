import { beforeAll, describe, expect, it } from 'vitest';
import { conditionOf } from '../../src/api/conditions.ts';
import { dynamicLog } from '../controllers/probes/fixtures.ts';
import { computeKstatus, type Verdict, whyNoKstatus } from './kstatus/compute-kstatus.ts';
import { POLICY_SITUATIONS } from './policy-situations.ts';
import { SITUATIONS } from './situations.ts';

const why = await whyNoKstatus();
const skipped = why === undefined ? '' : ` (skipped: ${why})`;

const probes = Object.values(SITUATIONS).map(({ probe }) => probe);
const deleted = {
  ...dynamicLog(),
  metadata: { ...dynamicLog().metadata, deletionTimestamp: '2026-11-21T10:00:00Z' },
};

const policies = Object.values(POLICY_SITUATIONS).map(({ policy }) => policy);

describe.skipIf(why !== undefined)(`what kstatus says${skipped}`, () => {
  let verdicts: Verdict[];

  beforeAll(async () => {
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

  it('of a probe that is being deleted', () => {
    expect(verdicts[probes.length]?.status).toBe('Terminating');
  });

  it.each(Object.entries(POLICY_SITUATIONS))('of a policy: %s', (_, { policy, wantKstatus }) => {
    expect(verdicts[probes.length + 1 + policies.indexOf(policy)]?.status).toBe(wantKstatus);
  });
});
