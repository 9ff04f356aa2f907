import { randomBytes } from 'node:crypto';
import { hitLimit, type Probe } from '../api/kinds.ts';
import { redactionKey } from './redaction-key.ts';
import type { WireProbe } from './wire-probe.ts';

/** Hashes of hidden values are keyed, so that nobody can find the values by trying them. A restarted operator makes other hashes. */
const SECRET = randomBytes(32);

export interface WireProbeOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Hits (captures, for a Snapshot) that all processes together may still report; the whole limit unless given. */
  readonly remainingHits?: number;
  /** Milliseconds since 1970; `ttlSeconds` from `now` unless given. */
  readonly expireTime?: number;
}

/**
 * The probe as agents and runtimes get it, without what concerns only the cluster (target, status).
 * The probe must have been parsed, so that every default is filled in.
 */
export function toWireProbe(probe: Probe, options: WireProbeOptions): WireProbe {
  const { metadata, spec } = probe;
  const { maxHits: _, ...limits } = spec.limits;
  const base = {
    uid: metadata.uid,
    generation: metadata.generation,
    namespace: metadata.namespace,
    name: metadata.name,
    containerName: spec.target.containerName,
    location: spec.location,
    condition: spec.condition,
    sinkRefs: spec.sinkRefs,
    expireTime: options.expireTime ?? options.now + spec.ttlSeconds * 1000,
    redaction: redactionOf(probe),
    limits: { ...limits, remainingHits: Math.max(0, options.remainingHits ?? hitLimit(probe)) },
  };
  switch (probe.kind) {
    case 'DynamicLog':
      return { ...base, kind: probe.kind, level: probe.spec.level, message: probe.spec.message };
    case 'Snapshot':
      return { ...base, kind: probe.kind, watch: probe.spec.watch ?? [], capture: probe.spec.capture };
  }
}

function redactionOf({ metadata, spec: { redaction } }: Probe): WireProbe['redaction'] {
  if (redaction?.replacement !== 'Hash') return redaction;
  return { ...redaction, key: redactionKey(SECRET, metadata.uid, metadata.generation) };
}
