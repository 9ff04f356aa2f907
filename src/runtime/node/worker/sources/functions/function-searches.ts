/** Names that are remembered as searched for. */
const MAX_SEARCHES = 100;

/** A search for a function that is not loaded yet. */
export interface FunctionSearch {
  /** Scripts that do not have it. */
  readonly scriptIds: Set<string>;
  /** Functions of these with similar names. */
  readonly similar: Set<string>;
}

/** What was searched for in vain, so that only new scripts are read when more are loaded. */
export class FunctionSearches {
  readonly #searches = new Map<string, FunctionSearch>();

  /** To be called when the debugger is disabled: ids of scripts start anew with it. */
  clear(): void {
    this.#searches.clear();
  }

  get(name: string): FunctionSearch {
    const search = this.#searches.get(name) ?? { scriptIds: new Set(), similar: new Set() };
    this.#searches.delete(name);
    this.#searches.set(name, search);
    const [oldest] = this.#searches.keys();
    if (this.#searches.size > MAX_SEARCHES && oldest !== undefined) this.#searches.delete(oldest);
    return search;
  }
}
