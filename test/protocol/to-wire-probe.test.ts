import { expect, it } from 'vitest';
import { toWireProbe } from '../../src/protocol/to-wire-probe.ts';
import { wireProbeSchema } from '../../src/protocol/wire-probe.ts';
import { dynamicLog } from '../controllers/probes/fixtures.ts';

it('the sinks that a probe names travel with it', () => {
  const sinkRefs = [{ name: 'traces' }, { kind: 'ClusterSink', name: 'archive' }];
  const wire = toWireProbe(dynamicLog({ spec: { sinkRefs } }), { now: 0 });
  expect(wireProbeSchema.parse(JSON.parse(JSON.stringify(wire))).sinkRefs).toEqual([
    { kind: 'Sink', name: 'traces' },
    { kind: 'ClusterSink', name: 'archive' },
  ]);
});

it('a probe without sinks says nothing of them', () => {
  expect(JSON.stringify(toWireProbe(dynamicLog(), { now: 0 }))).not.toContain('sinkRefs');
});
