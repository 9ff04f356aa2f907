import type { ScriptText, ScriptTexts } from '../script-texts.ts';
import type { Scripts } from '../scripts.ts';
import { ScriptNames } from './script-names.ts';

/** Characters of one script; a larger one keeps its generated names. */
const MAX_SCRIPT = 12 * 1024 * 1024;

/** Names of scripts, loaded when they are asked for, and kept for as long as the texts of the scripts are. */
export class Naming {
  readonly #scripts: Scripts;
  readonly #texts: ScriptTexts;
  /** Undefined for a script that cannot be read. */
  readonly #names = new WeakMap<ScriptText, ScriptNames | undefined>();
  /** Scripts whose texts cannot be had. */
  readonly #missing = new Set<string>();

  constructor(scripts: Scripts, texts: ScriptTexts) {
    this.#scripts = scripts;
    this.#texts = texts;
  }

  /** To be called when the debugger is disabled: ids of scripts start anew with it. */
  clear(): void {
    this.#missing.clear();
  }

  /** @returns what is known by now; `load` makes it known. */
  get(scriptId: string): ScriptNames | undefined {
    const text = this.#texts.peek(scriptId);
    return text && this.#names.get(text);
  }

  /** Whether names in the script differ from those of a source. */
  isMapped(scriptId: string): boolean {
    return this.#scripts.get(scriptId)?.map !== undefined;
  }

  /** @returns the scripts of these whose names have to be loaded first. */
  missing(scriptIds: Iterable<string>): string[] {
    return [...new Set(scriptIds)].filter((id) => {
      const text = this.#texts.peek(id);
      return !this.#missing.has(id) && (text === undefined || !this.#names.has(text));
    });
  }

  /** From now on, the script counts as one that cannot be read. */
  giveUp(scriptId: string): void {
    this.#missing.add(scriptId);
  }

  /** Resolves when the names of a script are known, or known not to be readable. */
  async load(scriptId: string): Promise<ScriptNames | undefined> {
    const script = this.#scripts.get(scriptId);
    if (script === undefined) return undefined;
    const text = await this.#texts.get(scriptId);
    if (!this.#names.has(text)) {
      const analysis = text.source.length > MAX_SCRIPT ? undefined : text.analysis;
      this.#names.set(text, analysis && new ScriptNames(analysis, script.map));
    }
    return this.#names.get(text);
  }
}
