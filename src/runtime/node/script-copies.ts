import { append, mapGet, mapSet } from './guard/guard-intrinsics.ts';

/** Of scripts with one URL so many are known, the newest. */
const MOST_COPIES = 100;

interface Ring {
  readonly ids: string[];
  /** Where the oldest is, once it is full. */
  next: number;
}

/** Which scripts have the same URL. A program that compiles a template at each request has no end of them, while a probe is there. */
export class ScriptCopies {
  readonly #rings = new Map<string, Ring>();

  /** @returns the oldest script of that URL, where there are too many now: it is to be forgotten. */
  add(url: string, scriptId: string): string | undefined {
    const known = mapGet(this.#rings, url);
    if (known === undefined) {
      mapSet(this.#rings, url, { ids: [scriptId], next: 0 });
      return undefined;
    }
    const { ids, next } = known;
    if (ids.length < MOST_COPIES) {
      append(ids, scriptId);
      return undefined;
    }
    const oldest = ids[next];
    ids[next] = scriptId;
    known.next = (next + 1) % MOST_COPIES;
    return oldest;
  }

  clear(): void {
    this.#rings.clear();
  }
}
