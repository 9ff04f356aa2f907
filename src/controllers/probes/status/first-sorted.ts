/** The first `most` of the items as a stable sort would order them, without sorting the others: status shows twenty of up to ten thousand. */
export function firstSorted<T>(items: Iterable<T>, most: number, compare: (a: T, b: T) => number): T[] {
  const first: T[] = [];
  for (const item of items) {
    const last = first.at(-1);
    const isFull = first.length === most;
    if (isFull && last !== undefined && compare(item, last) >= 0) continue;
    if (isFull) first.pop();
    let at = first.length;
    for (let before = first[at - 1]; before !== undefined && compare(item, before) < 0; before = first[at - 1]) at -= 1;
    first.splice(at, 0, item);
  }
  return first;
}
