import type { EffectiveProbe } from '../../api/effective-probe.ts';
import type { Cut } from '../../policy/combine/limits.ts';
import { type Denial, describeReason } from '../../policy/combine/rules.ts';
import { describePolicy } from '../../policy/policy-view.ts';
import type { Verdict } from './verdict.ts';

export { describeReason };

/** A verdict as programs get it: JSON, stable within the version of the API. */
export interface VerdictRecord {
  readonly decision: Verdict['decision'];
  readonly reasons: readonly Denial[];
  /** Kinds and names of those that govern the probe. */
  readonly policies: readonly string[];
  readonly cuts: readonly Cut[];
  /** The policy by which no agent may be added to a running pod for it. */
  readonly attachForbiddenBy?: string;
  /** The spec that counts; absent where the probe is denied. */
  readonly effective?: EffectiveProbe['spec'];
}

export function recordOf({ decision, reasons, policies, cuts, attachForbidden, effective }: Verdict): VerdictRecord {
  return {
    decision,
    reasons,
    policies: policies.map(describePolicy),
    cuts,
    ...(attachForbidden && { attachForbiddenBy: describePolicy(attachForbidden) }),
    ...(effective && { effective: effective.spec }),
  };
}

/** `spec.limits.maxHits: 100 counts in the place of 400, by InstrumentationPolicy strict` */
export function describeCut(cut: Cut): string {
  return `spec.${cut.field}: ${describeCounted(cut)}`;
}

/** The same without the field. */
export function describeCounted({ asked, effective, policy }: Cut): string {
  return `${effective} counts in the place of ${asked}, by ${policy}`;
}
