import type { ScriptInfo } from '../../channel/script-info.ts';
import { append, apply, type Callable, mapDelete, mapGet, mapSet } from '../guard/intrinsics.ts';
import { KnownScripts } from './known-scripts.ts';

/** Characters of source maps inside of scripts that are kept for whoever asks later. */
const MOST_MAP_CHARACTERS = 16 * 1024 * 1024;

const { forEach: mapForEach } = Map.prototype as { forEach: Callable };

/** Who tells of scripts: the debugger; hooks of modules and `require.cache` could. */
export interface ScriptOrigin {
  /** @returns the text of a script as it runs, from the place that `ScriptInfo` has its positions in. @throws where it is gone. */
  source(scriptId: string): string;
}

/** A script that runs in this process. */
export interface CatalogedScript {
  /** Its id is made by its origin, and is the same whenever it is told of. */
  readonly info: ScriptInfo;
  readonly origin: ScriptOrigin;
  /** Those of Node.js itself have a URL, and nothing can be placed in them. */
  readonly isOfNode: boolean;
}

/**
 * The scripts of this process in bounds ({@link KnownScripts}), whoever told of them. A listener is told of those that are
 * known, and of each that comes. What other files call the id of a script is its id here.
 */
export class ScriptCatalog {
  #scripts = new Map<string, CatalogedScript>();
  #bounds = new KnownScripts();
  #mapCharacters = 0;
  #onScripts: ((scripts: ScriptInfo[]) => void) | undefined;

  has(scriptId: string): boolean {
    return mapGet(this.#scripts, scriptId) !== undefined;
  }

  /** Adds a script that is not there yet. */
  add(script: CatalogedScript): void {
    const { info, isOfNode } = script;
    mapSet(this.#scripts, info.scriptId, script);
    this.#mapCharacters += info.sourceMapURL.length;
    const forgotten = this.#bounds.add(info.url, info.scriptId);
    for (let index = 0; index < forgotten.length; index++) {
      const id = forgotten[index] ?? '';
      this.#mapCharacters -= mapGet(this.#scripts, id)?.info.sourceMapURL.length ?? 0;
      mapDelete(this.#scripts, id);
    }
    if (!isOfNode) this.#onScripts?.([info]);
  }

  /** @returns the URL of any script that has one, those of Node.js itself included; else an empty text. */
  urlOf(scriptId: string): string {
    return mapGet(this.#scripts, scriptId)?.info.url ?? '';
  }

  /** @returns who told of the script; undefined for one that is not in the catalog. */
  originOf(scriptId: string): ScriptOrigin | undefined {
    return mapGet(this.#scripts, scriptId)?.origin;
  }

  /** Whether there is more inside of the scripts than should be kept while nobody asks. */
  get isLarge(): boolean {
    return this.#mapCharacters > MOST_MAP_CHARACTERS;
  }

  /** Tells of the scripts that are known, and from now on of each that comes. */
  listen(onScripts: (scripts: ScriptInfo[]) => void): void {
    this.#onScripts = onScripts;
    const scripts: ScriptInfo[] = [];
    this.#each(({ info, isOfNode }) => {
      if (!isOfNode) append(scripts, info);
    });
    if (scripts.length > 0) onScripts(scripts);
  }

  get isHeard(): boolean {
    return this.#onScripts !== undefined;
  }

  stopListening(): void {
    this.#onScripts = undefined;
  }

  /** Forgets what that origin told of. */
  forgetFrom(origin: ScriptOrigin): void {
    const others = this.#scripts;
    this.#scripts = new Map();
    this.#bounds = new KnownScripts();
    this.#mapCharacters = 0;
    const onScripts = this.#onScripts;
    this.#onScripts = undefined;
    apply(mapForEach, others, [
      (script: CatalogedScript) => {
        if (script.origin !== origin) this.add(script);
      },
    ] as never[]);
    this.#onScripts = onScripts;
  }

  #each(work: (script: CatalogedScript) => void): void {
    apply(mapForEach, this.#scripts, [work] as never[]);
  }
}
