import type { ScriptInfo } from '../../channel/script-info.ts';
import { append, apply, type Callable, mapDelete, mapGet, mapSet } from '../guard/intrinsics.ts';
import { KnownScripts } from './known-scripts.ts';

/** Characters of source maps inside of scripts (data URLs) that are kept while no probe needs them. */
const MOST_MAP_CHARACTERS = 16 * 1024 * 1024;

const { forEach: mapForEach } = Map.prototype as { forEach: Callable };

/** What adds scripts to the catalog: the debugger; module hooks and `require.cache` could too. */
export interface ScriptOrigin {
  /** @returns the text of a script as it runs, which positions of the script refer to. @throws where the script is gone. */
  source(scriptId: string): string;
}

/** A script that runs in this process. */
export interface CatalogedScript {
  /** The origin makes the id, which is the same each time that the script is added. */
  readonly info: ScriptInfo;
  readonly origin: ScriptOrigin;
  /** Whether the script belongs to Node.js itself: it has a URL, but no hook can be placed in it. */
  readonly isOfNode: boolean;
}

/**
 * The scripts of this thread, from all origins, bounded by {@link KnownScripts}. A listener is told of the known scripts, and of
 * each that is added. Wherever else there is a script id, it is the id in this catalog.
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

  /** @returns the origin of the script; undefined for one that is not in the catalog. */
  originOf(scriptId: string): ScriptOrigin | undefined {
    return mapGet(this.#scripts, scriptId)?.origin;
  }

  /** Whether the source maps inside of scripts are more than should be kept while no probe needs them. */
  get isLarge(): boolean {
    return this.#mapCharacters > MOST_MAP_CHARACTERS;
  }

  /** Tells the listener of the known scripts, and from now on of each that is added. */
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

  /** Forgets the scripts of that origin. */
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
