import type { WireProbe } from '../../../../../protocol/wire-probe.ts';
import type { KindBehavior, Taken } from './kind.ts';
import { LogKind } from './log.ts';
import { SnapshotKind } from './snapshot.ts';

/** The payload limit is divided by the number of expressions, but at least by this. */
const FEWEST_SHARES = 4;

/**
 * @param expressions number of values of a hit, which share the payload limit; the worker checks the size of the whole result.
 * @param taken counts the bytes that the values take.
 */
export function kindOf(probe: WireProbe, expressions: number, taken: Taken): KindBehavior {
  const bytes = Math.floor(probe.limits.payloadBytes / Math.max(FEWEST_SHARES, expressions));
  switch (probe.kind) {
    case 'DynamicLog':
      return new LogKind(probe, bytes, taken);
    case 'Snapshot':
      return new SnapshotKind(probe, bytes, taken);
  }
}
