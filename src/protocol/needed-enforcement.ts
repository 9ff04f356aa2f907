import type { WireProbe } from './wire-probe.ts';

/**
 * Parts of a probe that keep something from being seen. Who does not know one leaves it out when it reads a frame, and would then show what is
 * to be hidden, or look where nobody may. So agents and runtimes declare what they enforce when they connect, and get no probe that needs more.
 * Without zod, since runtimes declare it on the application's thread.
 * - `Calls`: how far expressions may call functions of the application (`limits.calls`).
 * - `Patterns`: texts that are hidden by patterns (`redaction.patterns`).
 * - `Places`: what policies say of the place that is bound (`places`).
 * - `Redaction`: modes, names, lists of what is allowed, and replacements; and states and results say by which rules (redaction-hash.ts).
 */
export const ENFORCEMENTS = ['Calls', 'Patterns', 'Places', 'Redaction'] as const;
export type Enforcement = (typeof ENFORCEMENTS)[number];

const IN_WORDS: Readonly<Record<Enforcement, string>> = {
  Calls: 'how far expressions may go',
  Patterns: 'patterns of redaction',
  Places: 'rules on files, functions and packages',
  Redaction: 'rules of redaction',
};

/** What whoever gets the probe must enforce; nothing for a probe that every version knows whole. */
export function neededEnforcement({ limits, places, redaction }: WireProbe): Enforcement[] {
  const needed: Enforcement[] = [];
  if (limits.calls !== undefined && limits.calls !== 'Checked') needed.push('Calls');
  if (redaction?.patterns !== undefined && redaction.patterns.length > 0) needed.push('Patterns');
  if (places !== undefined && places.length > 0) needed.push('Places');
  if (redaction !== undefined) needed.push('Redaction');
  return needed;
}

/** What the probe needs and was not declared. @param declared as it was received: undefined is nothing, unknown entries count for nothing. */
export function lackingFor(probe: WireProbe, declared: readonly string[] | undefined): Enforcement[] {
  return neededEnforcement(probe).filter((needed) => declared?.includes(needed) !== true);
}

/** The entries of a declaration that are known here; the same list for everybody who declares all of them. */
export function knownEnforcement(declared: readonly string[] | undefined): readonly Enforcement[] {
  const known = ENFORCEMENTS.filter((one) => declared?.includes(one) === true);
  return known.length === ENFORCEMENTS.length ? ENFORCEMENTS : known;
}

/** For people: `rules of redaction and patterns of redaction`, for example. */
export function describeEnforcement(parts: readonly Enforcement[]): string {
  const words = parts.map((part) => IN_WORDS[part]);
  const last = words.pop() ?? 'nothing';
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`;
}
