import { isRedactedName } from '../../../../redaction/identifiers.ts';
import { HASHED_LENGTH } from '../../../../redaction/raw-value.ts';
import { append, isProxy, ownKeys, ownProperty } from '../guard/intrinsics.ts';

/** Shorter texts are not hidden, since other variables may have the same text by chance. */
const SHORTEST_HIDDEN = 6;
const MAX_HIDDEN = 64;

/** Texts of variables with redacted names. They are not shown under other names either: in `arguments`, or in a copy. */
export class HiddenTexts {
  readonly #texts: string[] = [];

  add(variables: object): void {
    const names = isProxy(variables) ? [] : ownKeys(variables);
    for (let index = 0; index < names.length && this.#texts.length < MAX_HIDDEN; index++) {
      const name = names[index];
      if (typeof name !== 'string' || !isRedactedName(name)) continue;
      const property = ownProperty(variables, name);
      if (property === undefined || property.isAccessor || typeof property.value !== 'string') continue;
      append(this.#texts, property.value);
    }
  }

  has(value: unknown): boolean {
    if (typeof value !== 'string' || value.length < SHORTEST_HIDDEN || value.length > HASHED_LENGTH) return false;
    for (let index = 0; index < this.#texts.length; index++) if (this.#texts[index] === value) return true;
    return false;
  }
}
