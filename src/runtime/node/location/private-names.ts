import type { Position } from '../messages.ts';
import type { ScriptNames } from './script-names.ts';

/** A private field or method that code at a place can read, without the `#`. */
export interface PrivateName {
  /** In the source. */
  readonly name: string;
  readonly generated: string;
  readonly isField: boolean;
}

/** @returns what code at a place can read, of the innermost class first. */
export function privatesAt(site: Position, names: ScriptNames): PrivateName[] {
  const found = new Map<string, PrivateName>();
  for (const { privates } of names.classesAt(site)) {
    for (const { name, offset, isField } of privates) {
      if (found.has(name)) continue;
      // Some minifiers map the name, others what follows the `#`.
      const original = names.originalAt(offset, `#${name}`) ?? names.originalAt(offset + 1, `#${name}`);
      found.set(name, { name: original?.name.replace(/^#/, '') ?? name, generated: name, isField });
    }
  }
  return [...found.values()];
}
