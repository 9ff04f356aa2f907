import { lowest } from '../../../../api/expression-level.ts';
import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import type { Located } from '../sources/locate/locate-line.ts';
import type { PlaceVerdict } from './place-check.ts';

/** What rules leave at all the places of a probe together. */
export type PlaceLimits = Omit<PlaceVerdict, 'denied'>;

export type LocatedPlace =
  | (Extract<Located, { state: 'found' }> & { readonly limits?: PlaceLimits })
  | Exclude<Located, { state: 'found' }>;

export const NO_LIMITS: PlaceLimits = { calls: 'Checked', otherFrames: true };

export function stricter(a: PlaceLimits, b: PlaceLimits): PlaceLimits {
  return { calls: lowest(a.calls, b.calls), otherFrames: a.otherFrames && b.otherFrames };
}

/** The probe as it may be at the places that were found. */
export function withinPolicies(probe: WireProbe, { limits }: { readonly limits?: PlaceLimits }): WireProbe {
  if (limits === undefined) return probe;
  const calls = lowest(limits.calls, probe.limits.calls ?? 'Checked');
  const bounded = { ...probe.limits, calls };
  if (probe.kind !== 'Snapshot') return { ...probe, limits: bounded };
  const frames = limits.otherFrames ? probe.capture.frames : Math.min(1, probe.capture.frames);
  return { ...probe, limits: bounded, capture: { ...probe.capture, frames } };
}
