import type { EffectiveProbe } from '../../api/effective-probe.ts';
import { Captures } from './observed/captures.ts';
import type { Findings } from './observed/findings.ts';
import { RecentLines } from './observed/recent-lines.ts';

/** The findings of a probe's kind. @param restore whether to begin with those that the object's status holds. */
export function findingsOf(probe: EffectiveProbe, restore: boolean): Findings {
  switch (probe.kind) {
    case 'DynamicLog':
      return new RecentLines(restore ? probe.status : undefined);
    case 'Snapshot':
      return new Captures(probe.spec, restore ? probe.status : undefined);
  }
}
