import { JAVASCRIPT } from './javascript/javascript.ts';
import type { Language } from './language.ts';

const KNOWN: readonly Language[] = [JAVASCRIPT];

/** Every language that can be checked without a process. While no process is known, a probe is checked in each of them. */
export function knownLanguages(): readonly Language[] {
  return KNOWN;
}

/**
 * The languages in which a probe can be checked before its processes have it.
 * @param declared what the processes that the probe matches declare; empty while none is known.
 * @returns an empty list as soon as one of them is unknown: then the runtime of each process decides.
 */
export function languagesOf(declared: ReadonlySet<string>): readonly Language[] {
  if (declared.size === 0) return KNOWN;
  const names = [...declared].map((name) => name.toLowerCase());
  const known = KNOWN.filter(({ name }) => names.includes(name));
  return names.every((name) => known.some((language) => language.name === name)) ? known : [];
}
