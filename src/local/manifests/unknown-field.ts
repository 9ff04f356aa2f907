/** What is said of a field that there is not: the one that is meant, or all that there are. */
export function unknownField(name: string, known: readonly string[]): string {
  const plain = name.toLowerCase();
  const near = known.find((other) => other.toLowerCase() === plain || distance(other.toLowerCase(), plain) <= 2);
  return near === undefined ? `unknown field; there are ${known.join(', ')}` : `unknown field; ${near} is meant?`;
}

/** Levenshtein distance: how many letters must be changed, added or removed. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
