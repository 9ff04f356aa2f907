import { KINDS, type Probe } from '../../api/kinds.ts';

/** Key of a probe in the queues and records. */
export function keyOf({ kind, metadata }: Probe): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

/** @throws RangeError for another text. */
export function splitKey(key: string): { kind: Probe['kind']; namespace: string; name: string } {
  const [kind = '', namespace = '', name = ''] = key.split('/');
  if (!Object.hasOwn(KINDS, kind)) throw new RangeError(`${key} is no key of a probe`);
  return { kind: kind as Probe['kind'], namespace, name };
}
