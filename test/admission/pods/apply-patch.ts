/** Those of RFC 6902 that admission uses. */
interface Operation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** Applies the operations of RFC 6902 that admission uses, as the API server does: a missing parent is an error. */
export function applyPatch(document: object, patch: readonly Operation[]): object {
  const result: object = structuredClone(document);
  for (const { op, path, value } of patch) {
    const keys = path
      .slice(1)
      .split('/')
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop() ?? '';
    let parent: unknown = result;
    for (const key of keys) parent = member(parent, key, path);
    if (op === 'replace' || op === 'remove') member(parent, last, path);
    if (op === 'remove' && typeof parent === 'object' && parent !== null) Reflect.deleteProperty(parent, last);
    else if (Array.isArray(parent) && last === '-') parent.push(value);
    else if (Array.isArray(parent) && op === 'add') parent.splice(Number(last), 0, value);
    else if (typeof parent === 'object' && parent !== null) Reflect.set(parent, last, value);
    else throw new Error(`nothing to write to at ${path}`);
  }
  return result;
}

function member(parent: unknown, key: string, path: string): unknown {
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, key)) throw new Error(`no ${path}`);
  return Reflect.get(parent, key);
}
