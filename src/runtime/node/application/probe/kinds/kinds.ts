import type { WireProbe } from '../../../../../protocol/wire-probe.ts';
import type { ProbeKind, Taken } from './kind.ts';
import { LogKind } from './log.ts';
import { SnapshotKind } from './snapshot.ts';

/** Expressions that the payload is shared between, at least. */
const FEWEST_SHARES = 4;

/**
 * @param expressions all values of a hit together have the payload; the worker counts again what comes of them.
 * @param taken is told what the values take.
 */
export function kindOf(probe: WireProbe, expressions: number, taken: Taken): ProbeKind {
  const bytes = Math.floor(probe.limits.payloadBytes / Math.max(FEWEST_SHARES, expressions));
  switch (probe.kind) {
    case 'DynamicLog':
      return new LogKind(probe, bytes, taken);
    case 'Snapshot':
      return new SnapshotKind(probe, bytes, taken);
  }
}
