import type { WireSnapshot } from '../../../../protocol/wire-probe.ts';

/** As many as a result holds. */
const MAX_WATCHES = 16;
/** Watches that a snapshot at the exit of a function has without being asked for. */
const AT_EXIT = ['$return', '$error'];

/** Expressions of a snapshot: those of the probe, and what is known of the end of a function. */
export function watchesOf({ watch, location: { at } }: WireSnapshot): readonly string[] {
  if (at !== 'Exit') return watch;
  return [...watch, ...AT_EXIT.filter((name) => !watch.includes(name))].slice(0, MAX_WATCHES);
}

/** Whether nobody asked for this watch, and it says nothing: a function that returned has no `$error`. */
export function isIdle({ watch }: WireSnapshot, index: number, type: string): boolean {
  return index >= watch.length && type === 'undefined';
}
