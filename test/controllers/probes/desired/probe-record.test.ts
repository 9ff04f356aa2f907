import { describe, expect, it } from 'vitest';
import type { EffectiveProbe } from '../../../../src/api/effective-probe.ts';
import { ProbeRecord } from '../../../../src/controllers/probes/desired/probe-record.ts';
import { dynamicLog, withStatus } from '../fixtures.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const written = { observedGeneration: 1, hits: 3, retiredHits: 1 };
/** What an API server keeps whose CRD does not know `retiredHits`. */
const kept = { observedGeneration: 1, hits: 3 };

function at(resourceVersion: string, status?: object): EffectiveProbe {
  const probe = status === undefined ? dynamicLog() : withStatus(dynamicLog(), status);
  return { ...probe, metadata: { ...probe.metadata, resourceVersion } };
}

function recordAfterWrite(): ProbeRecord {
  const record = new ProbeRecord(at('7'), NOW);
  record.written(at('7'), written, '8');
  return record;
}

describe('the status that an object has', () => {
  it('is the one that was written, as long as the cache has the object from before', () => {
    expect(recordAfterWrite().baseStatus(at('7'))).toEqual(written);
  });

  it('is the one that was written, also if the API server kept less of it', () => {
    const record = recordAfterWrite();
    expect(record.baseStatus(at('8', kept))).toEqual(written);
    // Somebody has labeled the object since.
    expect(record.baseStatus(at('9', kept))).toEqual(written);
  });

  it('is the one of the object when somebody else has written another', () => {
    const record = recordAfterWrite();
    record.baseStatus(at('8', kept));
    expect(record.baseStatus(at('9', { ...kept, hits: 4 }))).toEqual({ ...kept, hits: 4 });
  });
});

describe('an event of an object', () => {
  it('is of the own write if it has the resourceVersion with which the API server answered', () => {
    const record = recordAfterWrite();
    expect(['7', '8', '9'].filter((version) => record.isOwnWrite(at(version, kept)))).toEqual(['8']);
  });

  it('is not of an own write before there was one, or if the API server answered with something else', () => {
    expect(new ProbeRecord(at('7'), NOW).isOwnWrite(at('7'))).toBe(false);
    const record = new ProbeRecord(at('7'), NOW);
    record.written(at('7'), written, undefined);
    expect(record.isOwnWrite(at('8', kept))).toBe(false);
  });
});
