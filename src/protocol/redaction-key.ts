import { createHash } from 'node:crypto';

/**
 * The key with which one generation of a probe hashes hidden values: 32 hexadecimal digits, the same in all its processes.
 * @param secret of the operator, or of local mode; it never leaves that process.
 */
export function redactionKey(secret: Uint8Array, uid: string, generation: number): string {
  return createHash('sha256').update(secret).update(`${uid}/${generation}`).digest('hex').slice(0, 32);
}
