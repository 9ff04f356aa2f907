import { LineTable } from '../line-table.ts';
import type { Script } from '../scripts.ts';
import { type FunctionSite, functionsIn } from './functions.ts';

/** Characters of one script; the functions of a larger one are not found by name. */
const MAX_SCRIPT = 32 * 1024 * 1024;
/** Characters of all scripts that are kept; with the functions of a minified bundle, each takes 9 bytes. */
const MAX_KEPT = 8 * 1024 * 1024;
/** Names that are remembered as searched for. */
const MAX_SEARCHES = 100;

/** A search for a function that is not loaded yet. */
export interface Search {
  /** Scripts that do not have it. */
  readonly scriptIds: Set<string>;
  /** Functions of these with similar names. */
  readonly similar: Set<string>;
}

/**
 * The functions of scripts, by and by as somebody asks for them; those asked for last are kept. What was searched for in
 * vain is remembered, so that only new scripts are read when more are loaded.
 */
export class ScriptFunctions {
  readonly #ask: (scriptId: string) => Promise<string>;
  readonly #maxKept: number;
  readonly #known = new Map<string, FunctionList>();
  readonly #searches = new Map<string, Search>();

  /** @param ask gets a source from V8, which costs the application's thread some milliseconds per MB. */
  constructor(ask: (scriptId: string) => Promise<string>, maxKept = MAX_KEPT) {
    this.#ask = ask;
    this.#maxKept = maxKept;
  }

  /** Script ids start again when the debugger does. */
  clear(): void {
    this.#known.clear();
    this.#searches.clear();
  }

  async get(script: Script): Promise<FunctionList> {
    const { scriptId, length } = script.info;
    const list =
      this.#known.get(scriptId) ?? new FunctionList(length > MAX_SCRIPT ? '' : await this.#ask(scriptId), script.path);
    this.#known.delete(scriptId);
    this.#known.set(scriptId, list);
    this.#shrink();
    return list;
  }

  search(name: string): Search {
    const search = this.#searches.get(name) ?? { scriptIds: new Set(), similar: new Set() };
    this.#searches.delete(name);
    this.#searches.set(name, search);
    const [oldest] = this.#searches.keys();
    if (this.#searches.size > MAX_SEARCHES && oldest !== undefined) this.#searches.delete(oldest);
    return search;
  }

  /** Characters of the scripts that are kept: within the bound, but for a single larger one. */
  get kept(): number {
    return [...this.#known.values()].reduce((sum, { source }) => sum + source.length, 0);
  }

  #shrink(): void {
    let kept = this.kept;
    for (const [scriptId, { source }] of this.#known) {
      if (kept <= this.#maxKept || this.#known.size === 1) return;
      this.#known.delete(scriptId);
      kept -= source.length;
    }
  }
}

/** One script and its functions. */
export class FunctionList {
  readonly source: string;
  readonly path: string;
  #lines: LineTable | undefined;
  #sites: readonly FunctionSite[] | undefined;

  constructor(source: string, path: string) {
    this.source = source;
    this.path = path;
  }

  get lines(): LineTable {
    this.#lines ??= new LineTable(this.source);
    return this.#lines;
  }

  /** In the order of the source. */
  get sites(): readonly FunctionSite[] {
    this.#sites ??= functionsIn(this.source, this.path);
    return this.#sites;
  }
}
