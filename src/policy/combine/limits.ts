import type { Probe } from '../../api/kinds.ts';
import type { CaptureNumbers, Limits } from '../../api/limits.ts';
import type { PolicyLimits } from '../../api/policy.ts';
import { describePolicy, type PolicyView } from '../policy-view.ts';

/** A value that a probe asked for and does not get. */
export interface Cut {
  /** In the spec of the probe: `limits.maxHits`. */
  readonly field: string;
  readonly asked: number;
  readonly effective: number;
  /** The policy whose maximum decides. */
  readonly policy: string;
}

export interface CombinedLimits {
  /** What counts where the probe has an end. */
  readonly ttlSeconds: number;
  readonly maxCaptures: number;
  readonly limits: Limits;
  readonly capture: CaptureNumbers;
  readonly cuts: readonly Cut[];
}

type Asked = Pick<Probe['spec'], 'ttlSeconds' | 'limits'> & {
  readonly maxCaptures?: number | undefined;
  readonly capture?: Partial<CaptureNumbers> | undefined;
};
type Read = (values: PolicyLimits) => readonly (number | undefined)[];

/**
 * Every number is what the probe asks for, or else the strictest default of all policies; and never more than the strictest maximum. Lower
 * is stricter for all of them.
 * @param policies in the order in which a message names the first of equals; the default policy, which has every default, is one of them.
 */
export function combineLimits({ kind, spec }: Probe, policies: readonly PolicyView[]): CombinedLimits {
  const asked: Asked = spec;
  const cuts: Cut[] = [];
  const value = (field: string, wanted: number | undefined, read: Read): number => {
    const base = wanted ?? Math.min(...policies.flatMap((policy) => numbers(policy.spec.defaults, read)));
    let effective = base;
    let decisive: PolicyView | undefined;
    for (const policy of policies) {
      const most = Math.min(...numbers(policy.spec.maxima, read));
      if (most >= effective) continue;
      effective = most;
      decisive = policy;
    }
    if (wanted !== undefined && decisive !== undefined)
      cuts.push({ field, asked: wanted, effective, policy: describePolicy(decisive) });
    return effective;
  };
  const isSnapshot = kind === 'Snapshot';
  const limit = (name: keyof Limits): number =>
    value(`limits.${name}`, asked.limits?.[name], ({ limits }) => [
      limits?.[name],
      // A Snapshot has one rate, of which policies speak by two names.
      name === 'hitsPerSecond' && isSnapshot ? limits?.capturesPerSecond : undefined,
    ]);
  const capture = (name: keyof CaptureNumbers): number =>
    value(`capture.${name}`, asked.capture?.[name], (values) => [values.capture?.[name]]);
  return {
    ttlSeconds: value('ttlSeconds', asked.ttlSeconds, ({ ttlSeconds }) => [ttlSeconds]),
    maxCaptures: value('maxCaptures', asked.maxCaptures, ({ maxCaptures }) => [maxCaptures]),
    limits: {
      hitsPerSecond: limit('hitsPerSecond'),
      maxHits: limit('maxHits'),
      cpuMillisecondsPerSecond: limit('cpuMillisecondsPerSecond'),
      maxStallMilliseconds: limit('maxStallMilliseconds'),
      payloadBytes: limit('payloadBytes'),
    },
    capture: {
      frames: capture('frames'),
      depth: capture('depth'),
      fields: capture('fields'),
      items: capture('items'),
      stringLength: capture('stringLength'),
    },
    cuts,
  };
}

function numbers(values: PolicyLimits | undefined, read: Read): number[] {
  return values === undefined ? [] : read(values).filter((value) => value !== undefined);
}
