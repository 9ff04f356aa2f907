import { createHash } from 'node:crypto';

const DIGITS = 16;

/** A name for a spec as the API server keeps it, 64 bits of a hash: an approval is for this very one. Depends on no order of members. */
export function specHash(spec: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(inOrder(spec)))
    .digest('hex')
    .slice(0, DIGITS);
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, inOrder(member)]),
  );
}
