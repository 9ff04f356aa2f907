import { append, mapDelete, mapGet, mapSet } from '../guard/intrinsics.ts';

/** Scripts that are known of one URL: the newest. */
const MOST_COPIES = 100;
/** URLs that stay known: the first, which the application's own files are among, and the newest of those that come later. */
const FIRST_URLS = 20_000;
const LATER_URLS = 10_000;

const NONE: readonly string[] = [];

/** The newest of a series, up to a bound. */
class Newest {
  readonly items: string[];
  readonly #most: number;
  #oldest = 0;

  constructor(most: number, items: string[]) {
    this.#most = most;
    this.items = items;
  }

  /** Adds an item. @returns the oldest item, which had to give way to it; undefined where there was room. */
  add(item: string): string | undefined {
    if (this.items.length < this.#most) {
      append(this.items, item);
      return undefined;
    }
    const dropped = this.items[this.#oldest];
    this.items[this.#oldest] = item;
    this.#oldest = (this.#oldest + 1) % this.#most;
    return dropped;
  }
}

/**
 * Bounds the scripts that are known: a program that compiles a template at each request makes ever more of them, with one URL or
 * with a new URL each.
 */
export class KnownScripts {
  #ids = new Map<string, Newest>();
  #firstURLs = 0;
  #laterURLs = new Newest(LATER_URLS, []);

  /** Adds a script. @returns the ids of scripts that are to be forgotten for it. */
  add(url: string, scriptId: string): readonly string[] {
    const known = mapGet(this.#ids, url);
    if (known !== undefined) {
      const oldest = known.add(scriptId);
      return oldest === undefined ? NONE : [oldest];
    }
    mapSet(this.#ids, url, new Newest(MOST_COPIES, [scriptId]));
    if (this.#firstURLs < FIRST_URLS) {
      this.#firstURLs++;
      return NONE;
    }
    const forgotten = this.#laterURLs.add(url);
    if (forgotten === undefined) return NONE;
    const ids = mapGet(this.#ids, forgotten)?.items ?? NONE;
    mapDelete(this.#ids, forgotten);
    return ids;
  }

  clear(): void {
    this.#ids = new Map();
    this.#firstURLs = 0;
    this.#laterURLs = new Newest(LATER_URLS, []);
  }
}
