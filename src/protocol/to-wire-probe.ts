import { randomBytes } from 'node:crypto';
import {
  type AllowedPlace,
  type DeniedPlace,
  type EffectiveProbe,
  type EffectiveSnapshot,
  hitLimit,
  type PlaceRules,
} from '../api/effective-probe.ts';
import { redactionKey } from './redaction-key.ts';
import type { WireProbe, WireSnapshot } from './wire-probe.ts';

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
 * Only of a probe on which policies have been decided: nothing else says what every limit is.
 */
export function toWireProbe(probe: EffectiveProbe, options: WireProbeOptions): WireProbe {
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
    expireTime: options.expireTime ?? endOf(spec.ttlSeconds, options.now),
    redaction: redactionOf(probe),
    ...(spec.places.length > 0 && { places: placesOf(spec.places) }),
    limits: {
      ...limits,
      remainingHits: Math.max(0, options.remainingHits ?? hitLimit(probe)),
      // As an older runtime knows it: the most, unless something is said.
      ...(spec.calls !== 'Checked' && { calls: spec.calls }),
    },
  };
  switch (probe.kind) {
    case 'DynamicLog':
      return { ...base, kind: probe.kind, level: probe.spec.level, message: probe.spec.message };
    case 'Snapshot':
      return { ...base, kind: probe.kind, watch: probe.spec.watch ?? [], capture: captureOf(probe) };
  }
}

function captureOf({ spec }: EffectiveSnapshot): WireSnapshot['capture'] {
  const { only, ...numbers } = spec.capture;
  return only === undefined ? numbers : { ...numbers, only: [...only] };
}

/** The last moment that JavaScript has a date for: the end of what has no end. */
const NEVER = 8_640_000_000_000_000;

/** Milliseconds since 1970. @param ttlSeconds undefined for a standing probe. */
export function endOf(ttlSeconds: number | undefined, now: number): number {
  return ttlSeconds === undefined ? NEVER : now + ttlSeconds * 1000;
}

function placesOf(places: readonly PlaceRules[]): WireProbe['places'] {
  const copy = (rule: AllowedPlace | DeniedPlace) => ({
    rule: rule.rule,
    ...(rule.files && { files: [...rule.files] }),
    ...(rule.functions && { functions: [...rule.functions] }),
    ...(rule.packages && { packages: [...rule.packages] }),
    ...(rule.message !== undefined && { message: rule.message }),
    ...(rule.expressions && { expressions: rule.expressions }),
    ...(rule.otherFrames !== undefined && { otherFrames: rule.otherFrames }),
  });
  return places.map(({ policy, allow, deny }) => ({
    policy,
    allow: allow.map(copy),
    deny: deny.map(copy),
  }));
}

/** Undefined where nothing is asked for beyond what is always hidden. */
function redactionOf({ metadata, spec: { redaction } }: EffectiveProbe): WireProbe['redaction'] {
  const { mode, names, allow, patterns, replacement } = redaction;
  const isBare = mode === 'Default' && replacement === 'Remove' && names.length + patterns.length === 0;
  if (isBare) return undefined;
  const listed = {
    ...(names.length > 0 && { names: [...names] }),
    ...(mode === 'AllowList' && { allow: [...allow] }),
    ...(patterns.length > 0 && { patterns: [...patterns] }),
  };
  const key = replacement === 'Hash' ? { key: redactionKey(SECRET, metadata.uid, metadata.generation) } : {};
  return { mode, ...listed, replacement, ...key };
}
