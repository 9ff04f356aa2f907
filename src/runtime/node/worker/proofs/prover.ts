import { isRedactedName } from '../../../../redaction/identifiers.ts';
import type { FunctionPlace, NodeFunction, ProofAnswer } from '../../channel/function-proof.ts';
import type { ApplicationThread } from '../application-thread.ts';
import type { ScriptTexts } from '../sources/script-texts.ts';
import type { Scripts } from '../sources/scripts.ts';
import { compileFunction } from './compile-function.ts';
import { type FunctionSource, NotProvable, parseFunction, returnedVariable } from './function-source.ts';
import { mayBeOfNode, nodeFunction, sourceOfNode } from './node-function-table.ts';
import { ScriptScopes } from './script-scopes.ts';

const MAX_SOURCES = 500;
/** Modules between an import and the variable behind it. */
const MAX_HOPS = 8;
const LANGUAGE: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(globalThis), 'undefined', 'arguments']);

/** Why there is no proof for now; it is asked for again later. */
class NotYet extends Error {}

/** Proves functions of the application from their sources: the worker's half of application/guard/proven/proofs.ts. */
export class Prover {
  readonly #thread: ApplicationThread;
  readonly #scripts: Scripts;
  readonly #texts: ScriptTexts;
  readonly #sources = new Map<string, FunctionSource | string>();
  /** One function after the other: each may ask for the source of a script. */
  #work: Promise<void> = Promise.resolve();

  constructor(thread: ApplicationThread, scripts: Scripts, texts: ScriptTexts) {
    this.#thread = thread;
    this.#scripts = scripts;
    this.#texts = texts;
  }

  /** Never throws; a thread that has gone needs no answer. */
  prove(id: number, text: string): Promise<void> {
    this.#work = this.#work
      .then(async () => {
        const answer = await this.#answer(id, text);
        await this.#thread.ask({ type: 'proof', id, answer });
      })
      .catch(() => {});
    return this.#work;
  }

  async #answer(id: number, text: string): Promise<ProofAnswer> {
    const ofNode = mayBeOfNode(text) ? await this.#ofNode(id, text) : undefined;
    if (ofNode !== undefined) return { ofNode };
    const source = this.#parsed(text);
    if (typeof source === 'string') return { refusal: source, isClosed: true };
    try {
      const returns = await this.#returned(id, source);
      if (returns !== undefined) return { returns };
      const free = [...source.bindings.free].filter((name) => name !== 'arguments');
      // What is refused whatever the variables around it are is refused without looking at them.
      compileFunction(source, free);
      const outside = free.some((name) => !LANGUAGE.has(name)) ? await this.#outside(id, source, free) : NOTHING;
      const { parameters, code, usesThis, names } = compileFunction(source, outside.captured);
      const isClosed = free.length === 0;
      return { parameters, code, names, isClosed, needsObject: usesThis && !outside.isStrict, ...outside };
    } catch (error) {
      if (error instanceof NotYet) return { refusal: error.message, isTemporary: true };
      if (!(error instanceof NotProvable)) throw error;
      return { refusal: shown(error, text), isClosed: source.bindings.free.size === 0 };
    }
  }

  /** Which known function of Node.js it is; undefined unless V8 says that it is in a script of Node.js, which has this text there. */
  async #ofNode(id: number, text: string): Promise<NodeFunction | undefined> {
    const place = await this.#thread.ask({ type: 'scopes', id, wanted: [] });
    const kind = place === undefined ? undefined : nodeFunction(place.url, text);
    if (place === undefined || kind === undefined) return undefined;
    const script = await this.#thread.ask({ type: 'source', scriptId: place.scriptId });
    // Any code can give a script a URL of Node.js.
    if (script !== sourceOfNode(place.url)) return undefined;
    let start = 0;
    for (let line = 0; line < place.line; line++) start = script.indexOf('\n', start) + 1;
    return script.startsWith(text, start + place.column - text.indexOf('(')) ? kind : undefined;
  }

  /**
   * The variable that a function returns, which may be assigned elsewhere: reading a variable of the code around has no effect,
   * where V8 itself says that the function stands there.
   */
  async #returned(id: number, source: FunctionSource): Promise<string | undefined> {
    const name = returnedVariable(source);
    if (name === undefined || isRedactedName(name)) return undefined;
    const place = await this.#thread.ask({ type: 'scopes', id, wanted: [] });
    if (place === undefined) throw new NotYet('cannot be looked up');
    if (place.hasWith) return undefined;
    const scopes = await this.#scopesOf(place.scriptId, place.url);
    const scope = scopes?.functionAt(place, source.text);
    return scope !== undefined && scopes?.find(name, scope.parent) !== undefined ? name : undefined;
  }

  #parsed(text: string): FunctionSource | string {
    const known = this.#sources.get(text);
    if (known !== undefined) return known;
    let source: FunctionSource | string;
    try {
      source = parseFunction(text);
    } catch (error) {
      if (!(error instanceof NotProvable)) throw error;
      source = shown(error, text);
    }
    if (this.#sources.size >= MAX_SOURCES) this.#sources.clear();
    this.#sources.set(text, source);
    return source;
  }

  /** Which of the free names are variables around the function that keep their values; the others are global. */
  async #outside(id: number, source: FunctionSource, free: readonly string[]): Promise<Outside> {
    const place = await this.#thread.ask({ type: 'scopes', id, wanted: free });
    if (place === undefined) throw new NotYet('cannot be looked up');
    const isCaptured = (name: string) => place.names.some((names) => names.includes(name));
    if (place.hasWith) throw new NotProvable('is inside of a with statement', 0);
    const unknown = free.filter((name) => isCaptured(name) || !LANGUAGE.has(name));
    if (unknown.length === 0) return NOTHING;
    const scopes = await this.#scopesOf(place.scriptId, place.url);
    const scope = scopes?.functionAt(place, source.text);
    if (scopes === undefined || scope === undefined) {
      throw new NotProvable(`uses ${unknown[0]}, and the script around it cannot be read`, 0);
    }
    const captured: string[] = [];
    let ownName: string | undefined;
    for (const name of unknown) {
      if (scope.get(name)?.kind === 'self') {
        ownName = name;
        captured.push(name);
        continue;
      }
      const found = scopes.find(name, scope.parent);
      if (found === undefined) {
        if (isCaptured(name)) throw new NotProvable(`uses ${name}, which its script does not declare`, 0);
        continue;
      }
      if (!found.isConstant) {
        throw new NotProvable(`uses the outer variable ${name}, which is assigned elsewhere`, 0);
      }
      const { imported } = found;
      if (imported !== undefined && !(await this.#isFixed(place, imported.from, imported.name, MAX_HOPS))) {
        throw new NotProvable(`uses ${name}, which the module ${imported.from} may assign`, 0);
      }
      if (!isCaptured(name)) throw new NotYet(`uses the outer variable ${name}, which is not there yet`);
      captured.push(name);
    }
    return { captured, ownName, isStrict: scope.isStrict };
  }

  /** Scopes of the text that V8 runs, of which the proof is; the file may have another. */
  async #scopesOf(scriptId: string, url = ''): Promise<ScriptScopes | undefined> {
    const path = this.#scripts.get(scriptId)?.path ?? (url.startsWith('node:') ? url : undefined);
    if (path === undefined) return undefined;
    const text = await this.#texts.confirmed(scriptId, path).catch(() => undefined);
    const analysis = text?.analysis;
    return analysis && new ScriptScopes(analysis, path);
  }

  /** Whether nothing assigns what an import stands for. */
  async #isFixed(
    { scriptId }: Pick<FunctionPlace, 'scriptId'>,
    from: string,
    name: string,
    hops: number,
  ): Promise<boolean> {
    if (name === '*') return true;
    const importer = this.#scripts.get(scriptId)?.info.url;
    if (hops === 0 || importer === undefined || !/^(?:\.{0,2}\/|file:)/.test(from)) return false;
    const { href } = new URL(from, importer);
    const exporter = this.#scripts.all().find(({ info }) => info.url === href)?.info;
    const scopes = exporter === undefined ? undefined : await this.#scopesOf(exporter.scriptId);
    if (exporter === undefined || scopes === undefined) return false;
    const { exports, root } = scopes.analysis;
    const exported = exports.byName.get(name);
    if (exported === undefined) {
      for (const passed of exports.all) if (await this.#isFixed(exporter, passed, name, hops - 1)) return true;
      return false;
    }
    if ('fixed' in exported) return true;
    if ('from' in exported) return this.#isFixed(exporter, exported.from, exported.name, hops - 1);
    const found = scopes.find(exported.local, root);
    if (found === undefined || !found.isConstant) return false;
    const { imported } = found;
    return imported === undefined || this.#isFixed(exporter, imported.from, imported.name, hops - 1);
  }
}

interface Outside {
  readonly captured: readonly string[];
  /** The name of a function expression, which is the function itself. */
  readonly ownName?: string;
  readonly isStrict: boolean;
}

const NOTHING: Outside = { captured: [], isStrict: false };

/** `assigns this.id (line 2)`: lines of the function, counted from 1. */
function shown({ message, offset }: NotProvable, text: string): string {
  if (offset <= 0) return message;
  return `${message} (line ${text.slice(0, offset).split('\n').length})`;
}
