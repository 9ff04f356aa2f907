import type { PolicyStatus } from '../../api/policy.ts';
import type { ProcessInfo } from '../../protocol/state.ts';
import type { EnforcedRules } from '../probes/desired/enforced-rules.ts';

type Redaction = NonNullable<PolicyStatus['redactions']>[number];

/** Entries that status shows. */
const MOST_SHOWN = 10;

/** How many processes enforce which rules of redaction for the probes that one policy governs. */
export class RedactionCounts {
  readonly #byRules = new Map<string, Pick<EnforcedRules, 'hash' | 'isCurrent'> & { readonly by: Set<ProcessInfo> }>();

  /** Rules can be outdated for one probe and current for another, as what a probe itself hides counts too: then they are two entries. */
  add({ hash, isCurrent, process }: EnforcedRules): void {
    const key = `${isCurrent} ${hash ?? ''}`;
    const known = this.#byRules.get(key) ?? { hash, isCurrent, by: new Set() };
    known.by.add(process);
    this.#byRules.set(key, known);
  }

  /** Outdated rules come first, then those of most processes. */
  toStatus(): Pick<PolicyStatus, 'redactions' | 'moreRedactions'> {
    if (this.#byRules.size === 0) return {};
    const all = Array.from(this.#byRules.values(), ({ hash, isCurrent, by }): Redaction => {
      return { ...(hash !== undefined && { hash }), processes: by.size, current: isCurrent };
    }).sort(byImportance);
    const more = all.length - MOST_SHOWN;
    return { redactions: all.slice(0, MOST_SHOWN), ...(more > 0 && { moreRedactions: more }) };
  }
}

function byImportance(a: Redaction, b: Redaction): number {
  return Number(a.current) - Number(b.current) || b.processes - a.processes || compare(a.hash ?? '', b.hash ?? '');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
