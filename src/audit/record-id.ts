import { hash } from 'node:crypto';
import type { AuditStep } from './record.ts';

const DIGITS = 32;

/**
 * Names a record by what it says, 128 bits of a hash: who writes it again, after a restart or in the place of another replica, gives it the
 * same name, so that a reader can leave out what it has read before.
 * @param about what tells the record from others of its step: the UID of the probe, its generation, a pod, rules of redaction.
 */
export function recordID(step: AuditStep, about: readonly (string | number | undefined)[]): string {
  // As JSON, so that no text can look like the end of another one.
  const named = JSON.stringify([step, ...about.map((one) => one ?? null)]);
  return hash('sha256', named, 'hex').slice(0, DIGITS);
}
