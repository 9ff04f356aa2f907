import type { WantedFunction } from '../functions/function-name.ts';

/** @returns those whose class or object is the wanted one first. */
export function nearest(names: ReadonlySet<string>, { owners }: WantedFunction): string[] {
  const owner = owners.at(-1)?.toLowerCase();
  const isSameOwner = (name: string) => owner !== undefined && partsOf(name).includes(owner);
  return [...names].sort((a, b) => Number(isSameOwner(b)) - Number(isSameOwner(a))).slice(0, 5);
}

export function isSimilar(one: string, { name }: WantedFunction): boolean {
  const last = name.toLowerCase();
  const own = partsOf(one).at(-1) ?? '';
  if (last.length < 2 || own.length < 2) return own.includes(last) && last.length >= 2;
  return own.includes(last) || last.includes(own) || isTypo(own, last);
}

/** Whether one letter in four at most is another one, missing, too much, or swapped with the next. */
function isTypo(one: string, other: string): boolean {
  const most = Math.max(1, Math.floor(other.length / 4));
  if (Math.abs(one.length - other.length) > most) return false;
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let to = 1; to <= other.length; to++) {
      const isSame = one[at - 1] === other[to - 1];
      let cost = Math.min((row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1, (row[to - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwapped = at > 1 && to > 1 && one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1];
      if (isSwapped) cost = Math.min(cost, (before[to - 2] ?? 0) + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return (row[other.length] ?? 0) <= most;
}

function partsOf(name: string): string[] {
  return name.toLowerCase().split(/[ .#]+/);
}
