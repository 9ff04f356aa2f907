import { readFileSync, statSync } from 'node:fs';
import type { ScriptInfo } from '../../channel/script-info.ts';
import { analyzeScript, type ScriptAnalysis } from './analysis/analyze-script.ts';
import { LineTable } from './line-table.ts';
import type { Scripts } from './scripts.ts';
import { locationOf } from './source-path.ts';

/** Characters of one script; a larger one is left unread. */
const MAX_SCRIPT = 32 * 1024 * 1024;
/** Characters of all scripts that are kept; with what is known of a minified bundle, each takes about 5 bytes. */
const MAX_KEPT = 24 * 1024 * 1024;

/** The source of one script, and what its code declares. */
export class ScriptText {
  readonly source: string;
  readonly path: string;
  #lines: LineTable | undefined;
  #analysis: ScriptAnalysis | undefined | null = null;

  constructor(source: string, path: string) {
    this.source = source;
    this.path = path;
  }

  /** A script that is too large to be read. */
  static unread(path: string): ScriptText {
    const text = new ScriptText('', path);
    text.#analysis = undefined;
    return text;
  }

  get lines(): LineTable {
    this.#lines ??= new LineTable(this.source);
    return this.#lines;
  }

  /** Read when somebody asks for it first, which takes about a quarter of a second per MB; undefined where acorn cannot read the source, or it is too large. */
  get analysis(): ScriptAnalysis | undefined {
    if (this.#analysis === null) this.#analysis = analyzeScript(this.source, this.path, this.lines);
    return this.#analysis;
  }

  get isAnalyzed(): boolean {
    return this.#analysis !== null;
  }
}

/** Sources of scripts and what is known of them, loaded when they are asked for. Each is analyzed once for all; those asked for last are kept. */
export class ScriptTexts {
  readonly #scripts: Scripts;
  readonly #ask: (scriptId: string) => Promise<string>;
  readonly #maxKept: number;
  readonly #known = new Map<string, ScriptText>();
  readonly #loading = new Map<string, Promise<ScriptText>>();
  /** Texts that are certain to be what V8 has, because it said so. */
  readonly #confirmed = new WeakSet<ScriptText>();

  /** @param ask gets a source from V8, which costs the application's thread some milliseconds per MB. */
  constructor(scripts: Scripts, ask: (scriptId: string) => Promise<string>, maxKept = MAX_KEPT) {
    this.#scripts = scripts;
    this.#ask = ask;
    this.#maxKept = maxKept;
  }

  /** To be called when the debugger is disabled: ids of scripts start anew with it. */
  clear(): void {
    this.#known.clear();
    this.#loading.clear();
  }

  /** @returns what has been loaded by now. */
  peek(scriptId: string): ScriptText | undefined {
    return this.#known.get(scriptId);
  }

  /** @param path for a script that is not among those that V8 announced. @throws the error that the application's thread answered with. */
  async get(scriptId: string, path = ''): Promise<ScriptText> {
    const known = this.#known.get(scriptId);
    if (known !== undefined) {
      this.#known.delete(scriptId);
      this.#known.set(scriptId, known);
      return known;
    }
    const loading = this.#loading.get(scriptId) ?? this.#load(scriptId, path);
    this.#loading.set(scriptId, loading);
    try {
      const text = await loading;
      // It may have been cleared meanwhile.
      if (this.#loading.get(scriptId) === loading) this.#keep(scriptId, text);
      return text;
    } finally {
      if (this.#loading.get(scriptId) === loading) this.#loading.delete(scriptId);
    }
  }

  /** As {@link get}, but a text that V8 itself has said to run; undefined where its file has another text. */
  async confirmed(scriptId: string, path = ''): Promise<ScriptText | undefined> {
    const text = await this.get(scriptId, path);
    if (!this.#confirmed.has(text)) {
      if (text.source !== (await this.#ask(scriptId))) return undefined;
      this.#confirmed.add(text);
    }
    return text;
  }

  /** Characters of the scripts that are kept: within the bound, but for a single larger one. */
  get kept(): number {
    return [...this.#known.values()].reduce((sum, { source }) => sum + source.length, 0);
  }

  async #load(scriptId: string, path: string): Promise<ScriptText> {
    const script = this.#scripts.get(scriptId);
    if (script !== undefined && script.info.length > MAX_SCRIPT) return ScriptText.unread(script.path);
    const file = script && unchangedFile(script.info);
    const source = file ?? (await this.#ask(scriptId));
    if (source.length > MAX_SCRIPT) return ScriptText.unread(path);
    const text = new ScriptText(source, script?.path ?? path);
    if (file === undefined) this.#confirmed.add(text);
    return text;
  }

  /** Keeps a text, and drops others above the bound: those that were not analyzed first, since that costs more than to get a text. */
  #keep(scriptId: string, text: ScriptText): void {
    this.#known.set(scriptId, text);
    let { kept } = this;
    for (const isAnalyzed of [false, true]) {
      for (const [id, one] of this.#known) {
        if (kept <= this.#maxKept) return;
        if (one === text || one.isAnalyzed !== isAnalyzed) continue;
        this.#known.delete(id);
        kept -= one.source.length;
      }
    }
  }
}

/** The file of a script, where it is certain to be what V8 has: of that length, and older than the process. */
function unchangedFile({ url, length }: ScriptInfo): string | undefined {
  try {
    const file = locationOf(url);
    if (!file.startsWith('/')) return undefined;
    const started = Date.now() - process.uptime() * 1000;
    if (statSync(file).mtimeMs >= started - 1000) return undefined;
    const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
    return text.length === length ? text : undefined;
  } catch {
    return undefined;
  }
}
