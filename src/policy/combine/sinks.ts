import type { Probe } from '../../api/kinds.ts';
import { describePolicy, type PolicyView } from '../policy-view.ts';
import type { Denial } from './rules.ts';

/** A sink must be allowed by every policy that speaks of sinks. */
export function deniedSinks({ spec }: Pick<Probe, 'spec'>, policies: readonly PolicyView[]): Denial[] {
  return policies.flatMap((policy) => {
    const { sinks } = policy.spec;
    if (sinks === undefined) return [];
    const isAllowed = ({ kind, name }: { kind: string; name: string }) =>
      sinks.allowed.some((allowed) => allowed.kind === kind && allowed.name === name);
    const denied = (spec.sinkRefs ?? []).filter((sink) => !isAllowed(sink));
    if (denied.length === 0) return [];
    const list = (refs: readonly { kind: string; name: string }[]) =>
      refs.map(({ kind, name }) => `${kind} ${name}`).join(', ') || 'none';
    const message = `results may not go to ${list(denied)}; allowed in spec.sinkRefs: ${list(sinks.allowed)}`;
    return [{ policy: describePolicy(policy), field: 'spec.sinkRefs', message }];
  });
}
