import { readFileSync, statSync } from 'node:fs';
import type { Script, Scripts } from '../scripts.ts';
import { locationOf } from '../source-path.ts';
import { analyse } from './bindings.ts';
import { ScriptNames } from './script-names.ts';

/** Characters of one script; a larger one keeps its generated names. */
const MAX_SCRIPT = 12 * 1024 * 1024;
/** Characters of all scripts whose names are kept. */
const MAX_KEPT = 24 * 1024 * 1024;

/** Names of scripts, by and by as somebody asks for them; those asked for last are kept. */
export class Naming {
  readonly #scripts: Scripts;
  readonly #ask: (scriptId: string) => Promise<string>;
  /** Undefined for a script that cannot be read. */
  readonly #known = new Map<string, ScriptNames | undefined>();
  readonly #loading = new Map<string, Promise<void>>();

  /** @param ask gets a source from V8, which costs the application's thread some milliseconds per MB. */
  constructor(scripts: Scripts, ask: (scriptId: string) => Promise<string>) {
    this.#scripts = scripts;
    this.#ask = ask;
  }

  /** Script ids start again when the debugger does. */
  clear(): void {
    this.#known.clear();
  }

  /** @returns what is known by now; `load` makes it known. */
  get(scriptId: string): ScriptNames | undefined {
    return this.#known.get(scriptId);
  }

  /** Whether names in the script differ from those of a source. */
  isMapped(scriptId: string): boolean {
    return this.#scripts.get(scriptId)?.map !== undefined;
  }

  /** @returns the scripts of these whose names have to be loaded first. */
  missing(scriptIds: Iterable<string>): string[] {
    return [...new Set(scriptIds)].filter((id) => !this.#known.has(id));
  }

  /** The script stays one that cannot be read. */
  giveUp(scriptId: string): void {
    this.#known.set(scriptId, undefined);
  }

  /** Resolves when the names of a script are known, or known not to be readable. */
  async load(scriptId: string): Promise<ScriptNames | undefined> {
    if (this.#known.has(scriptId)) {
      const names = this.#known.get(scriptId);
      this.#known.delete(scriptId);
      this.#known.set(scriptId, names);
      return names;
    }
    const script = this.#scripts.get(scriptId);
    if (script === undefined) return undefined;
    let loading = this.#loading.get(scriptId);
    if (loading === undefined) {
      loading = this.#read(script).finally(() => this.#loading.delete(scriptId));
      this.#loading.set(scriptId, loading);
    }
    await loading;
    return this.#known.get(scriptId);
  }

  async #read(script: Script): Promise<void> {
    const { scriptId, length } = script.info;
    let names: ScriptNames | undefined;
    if (length <= MAX_SCRIPT) {
      const source = unchangedFile(script) ?? (await this.#ask(scriptId));
      const analysis = analyse(source, script.path);
      names = analysis && new ScriptNames(analysis, script.map);
    }
    this.#known.set(scriptId, names);
    this.#shrink();
  }

  #shrink(): void {
    let kept = 0;
    for (const [scriptId, names] of [...this.#known].reverse()) {
      kept += names?.analysis.source.length ?? 0;
      if (kept > MAX_KEPT && names !== this.#newest()) this.#known.delete(scriptId);
    }
  }

  #newest(): ScriptNames | undefined {
    return [...this.#known.values()].at(-1);
  }
}

/** The file of a script, where it is certain to be what V8 has: of that length, and older than the process. */
function unchangedFile({ info }: Script): string | undefined {
  try {
    const file = locationOf(info.url);
    if (!file.startsWith('/')) return undefined;
    const started = Date.now() - process.uptime() * 1000;
    if (statSync(file).mtimeMs >= started - 1000) return undefined;
    const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
    return text.length === info.length ? text : undefined;
  } catch {
    return undefined;
  }
}
