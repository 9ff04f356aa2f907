import type { DynamicLog, DynamicLogSpec } from './dynamiclog.ts';
import type { ExpressionLevel } from './expression-level.ts';
import type { CaptureNumbers, Limits } from './limits.ts';
import type { RedactionMode, Replacement } from './redaction.ts';
import type { Snapshot, SnapshotSpec } from './snapshot.ts';

/** A probe as it is enforced: what it asks for, under the policies that govern it (policy/decide.ts). It is one that asks for all of it. */

/** Places in the code that one rule of a policy is about; a member that is absent restricts nothing. */
export interface PlaceRule {
  readonly rule: string;
  readonly files?: readonly string[] | undefined;
  readonly functions?: readonly string[] | undefined;
  readonly packages?: readonly string[] | undefined;
  /** What is said to whom the rule denies something. */
  readonly message?: string | undefined;
}

/** A rule that allows, with how far: the first in the list that is about a place counts there. */
export interface AllowedPlace extends PlaceRule {
  readonly expressions?: ExpressionLevel | undefined;
  readonly otherFrames?: false | undefined;
}

/** A rule that denies: everything at its places, or only expressions that go so far, or only variables of other frames. */
export interface DeniedPlace extends PlaceRule {
  readonly expressions?: ExpressionLevel | undefined;
  readonly otherFrames?: true | undefined;
}

/** What one policy says of places. Where it allows any, it denies all others. The process decides by the position that it binds. */
export interface PlaceRules {
  readonly policy: string;
  readonly allow: readonly AllowedPlace[];
  readonly deny: readonly DeniedPlace[];
}

export interface EffectiveRedaction {
  readonly mode: RedactionMode;
  readonly names: string[];
  /** Only with mode AllowList. */
  readonly allow: string[];
  /** Sources of linear patterns. */
  readonly patterns: string[];
  readonly replacement: Replacement;
}

interface Enforced {
  /** Undefined for a standing probe, which has no end. */
  readonly ttlSeconds: number | undefined;
  readonly limits: Limits;
  readonly redaction: EffectiveRedaction;
  /** How far expressions may go. */
  readonly calls: ExpressionLevel;
  /** Of the policies that have rules of places. */
  readonly places: readonly PlaceRules[];
}

type WithoutEnforced<S> = Omit<S, keyof Enforced | 'capture' | 'maxCaptures'>;

export type EffectiveDynamicLog = Omit<DynamicLog, 'spec'> & {
  readonly spec: WithoutEnforced<DynamicLogSpec> & Enforced;
};
export type EffectiveSnapshot = Omit<Snapshot, 'spec'> & {
  readonly spec: WithoutEnforced<SnapshotSpec> &
    Enforced & {
      readonly capture: CaptureNumbers & { readonly only?: string[] | undefined };
      readonly maxCaptures: number;
    };
};
export type EffectiveProbe = EffectiveDynamicLog | EffectiveSnapshot;

/** How many results the probe may report over all processes: captures for a Snapshot, hits for a DynamicLog. */
export function hitLimit(probe: EffectiveProbe): number {
  switch (probe.kind) {
    case 'DynamicLog':
      return probe.spec.limits.maxHits;
    case 'Snapshot':
      return Math.min(probe.spec.maxCaptures, probe.spec.limits.maxHits);
  }
}
