import { parsePlace } from './source-lines.ts';

/** Parts of a path that are shown, unless another file has the same ones. */
const FEWEST_PARTS = 2;
/** Files that are remembered, to tell them apart. */
const MOST_FILES = 1000;

/** Short positions: of a path only the last folder and the name, or as much as tells the file from the others that were shown. */
export class Places {
  /** Parts of each path, and how many of them are shown. */
  readonly #files = new Map<string, { readonly parts: readonly string[]; shown: number }>();

  /** Remembers the file of a position; called before it is first shown. */
  meet(location: string): void {
    const file = parsePlace(location)?.file;
    if (file === undefined || this.#files.has(file) || this.#files.size >= MOST_FILES) return;
    const met = { parts: file.split('/'), shown: FEWEST_PARTS };
    for (const other of this.#files.values()) {
      const same = commonTail(met.parts, other.parts) + 1;
      met.shown = Math.max(met.shown, same);
      other.shown = Math.max(other.shown, same);
    }
    this.#files.set(file, met);
  }

  /** `src/orders.ts:50`, without the column. */
  short(location: string): string {
    this.meet(location);
    const place = parsePlace(location);
    if (place === undefined) return location;
    const { parts = place.file.split('/'), shown = FEWEST_PARTS } = this.#files.get(place.file) ?? {};
    return `${parts.slice(-shown).join('/')}:${place.line}`;
  }
}

/** How many parts two paths have in common, from their ends. */
function commonTail(one: readonly string[], other: readonly string[]): number {
  let count = 0;
  while (count < one.length && count < other.length && one.at(-1 - count) === other.at(-1 - count)) count += 1;
  return count;
}
