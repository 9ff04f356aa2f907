/** Equality of values that came out of JSON. Called for every state of every frame; far faster than isDeepStrictEqual. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((value, index) => isSameJson(value, b[index]));
  }
  return isSameObject(a as Members, b as Members);
}

type Members = Readonly<Record<string, unknown>>;

/** Plain objects have no inherited members that for-in would find, and it makes no list of keys. */
function isSameObject(a: Members, b: Members): boolean {
  let left = 0;
  for (const key in a) {
    if (!isSameJson(a[key], b[key]) || !Object.hasOwn(b, key)) return false;
    left += 1;
  }
  for (const _ in b) left -= 1;
  return left === 0;
}
