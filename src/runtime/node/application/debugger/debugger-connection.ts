import { type Debugger, Session, url } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { atExit, guarded } from '../entry-points.ts';
import { apply, type Callable, define, defineHidden, startsWith } from '../guard/intrinsics.ts';
import type { ScriptCatalog, ScriptOrigin } from '../placement/script-catalog.ts';
import { catalogIdOf, v8IdOf, withCatalogIds } from './script-ids.ts';

const { post, connect, disconnect } = Session.prototype;
const OwnSession = Session;
const inspectorUrl = url;
const setFlags = setFlagsFromString;
const { deleteProperty } = Reflect;

/** Under this key a function is shown to the debugger, for as long as it takes to name it. */
const SHOWN_KEY = 'dev.davylamp.shown';

/** A builtin that no program of today calls. */
const { anchor } = String.prototype as unknown as { anchor: Callable };

export interface DebuggerListener {
  /** Scripts are named by their ids in the catalog. */
  onPaused(event: Debugger.PausedEventDataType): void;
}

/**
 * The in-process debugger of the application's own thread, which tells the catalog of scripts. While nobody listens it is at rest:
 * it never pauses, and only counts. Every call is answered before it returns.
 */
export class DebuggerConnection implements ScriptOrigin {
  readonly #catalog: ScriptCatalog;
  /** Is told of each script that is compiled while nobody listens. */
  onCompiled: () => void = () => {};
  /** Whether it stays enabled when nobody listens any more. */
  stays = false;
  #mayChangeFlags = mayChangeFlags();
  #listener: DebuggerListener | undefined;
  #session: Session | undefined;
  #isPrepared = false;
  #isPreparing = false;
  #leaveExit: () => void = () => {};

  constructor(catalog: ScriptCatalog) {
    this.#catalog = catalog;
  }

  get enabled(): boolean {
    return this.#session !== undefined;
  }

  /** While another debugger may be attached a pause would wait for it. */
  get busy(): boolean {
    return inspectorUrl() !== undefined;
  }

  /** Whether breakpoints are set without a walk of the heap. */
  get isPrepared(): boolean {
    return this.#isPrepared;
  }

  get canPrepare(): boolean {
    return this.#mayChangeFlags;
  }

  /** V8 walks the heap once. @throws what V8 throws. */
  enable(): void {
    if (this.#session !== undefined) return;
    const session = new OwnSession();
    // The application may have replaced the methods of event emitters: notifications come without them.
    define(
      session,
      'emit',
      guarded((method: string, message: { readonly params: never }) => {
        if (method === 'Debugger.scriptParsed') this.#parsed(message.params);
        else if (method === 'Debugger.paused') this.#listener?.onPaused(withCatalogIds(message.params));
      }),
    );
    apply(connect, session, []);
    this.#session = session;
    try {
      this.ask('Debugger.enable', { maxScriptsCacheSize: 0 });
      if (this.#listener === undefined) this.ask('Debugger.setSkipAllPauses', { skip: true });
    } catch (error) {
      this.disable();
      throw error;
    }
  }

  /**
   * Makes setting breakpoints free of walks. V8 walks the heap when a function that gets its first breakpoint has baseline
   * code (Sparkplug's), as every function has that was called some times. So all of it is thrown away once, which a
   * breakpoint in a builtin does, and no more is made while the debugger is enabled.
   */
  prepare(): void {
    if (this.#isPrepared || this.#isPreparing || this.#session === undefined || !this.#mayChangeFlags) return;
    // The worker's interrupt may come in the middle of it.
    this.#isPreparing = true;
    try {
      this.#changeFlags(false);
      this.remove(this.breakOnCall(anchor, 'false'));
      this.#isPrepared = true;
    } catch (error) {
      this.#changeFlags(true);
      throw error;
    } finally {
      this.#isPreparing = false;
    }
  }

  /** It was not as free of walks as it should be on this version of V8. */
  distrust(): void {
    if (this.#isPrepared) this.#changeFlags(true);
    this.#isPrepared = false;
    this.#mayChangeFlags = false;
  }

  /** Pauses are told from now on. */
  listen(listener: DebuggerListener): void {
    if (this.#listener === undefined && this.#session !== undefined) {
      this.ask('Debugger.setSkipAllPauses', { skip: false });
    }
    this.#listener = listener;
  }

  /** Nobody listens any more, and no breakpoint is left: at rest if it is to stay, else off. */
  release(): void {
    this.#listener = undefined;
    if (this.#session === undefined) return;
    if (!this.stays) {
      this.disable();
      return;
    }
    this.tell('Debugger.setSkipAllPauses', { skip: true });
  }

  /** It is switched off, now or when nobody listens any more. */
  stayNoLonger(): void {
    this.stays = false;
    if (this.#listener === undefined) this.disable();
  }

  /** Breakpoints go with it. */
  disable(): void {
    const session = this.#session;
    this.#session = undefined;
    this.#catalog.forgetFrom(this);
    if (this.#isPrepared) this.#changeFlags(true);
    this.#isPrepared = false;
    if (session === undefined) return;
    apply(post, session, ['Debugger.disable']);
    apply(disconnect, session, []);
  }

  /** Compile caches that Node.js writes at the end of the process fit one with the flags that it began with. */
  #changeFlags(makesBaselineCode: boolean): void {
    setFlags(makesBaselineCode ? '--sparkplug' : '--no-sparkplug');
    this.#leaveExit();
    this.#leaveExit = makesBaselineCode ? () => {} : atExit(() => setFlags('--sparkplug'));
  }

  /** @returns what V8 answers. @throws what it refuses. */
  ask<R>(method: string, parameters: object = {}): R {
    const session = this.#session;
    if (session === undefined) throw new Error('the debugger is not enabled');
    let failure: Error | null = new Error('the debugger did not answer');
    let answer: R | undefined;
    apply(post as Callable, session, [
      method,
      parameters,
      (error: Error | null, result?: R) => {
        failure = error;
        answer = result;
      },
    ] as never[]);
    if (failure !== null) throw failure;
    return answer as R;
  }

  /** Says something whose answer does not matter. */
  tell(method: string, parameters: object = {}): void {
    const session = this.#session;
    if (session !== undefined) apply(post as Callable, session, [method, parameters] as never[]);
  }

  /** Breaks at the entry of a function. @returns the id of the breakpoint. */
  breakOnCall(fn: Callable, condition: string): string {
    defineHidden(globalThis, SHOWN_KEY, fn);
    const objectGroup = SHOWN_KEY;
    try {
      const expression = `globalThis[${JSON.stringify(SHOWN_KEY)}]`;
      const { result } = this.ask<{ result: { objectId?: string } }>('Runtime.evaluate', {
        expression,
        silent: true,
        objectGroup,
      });
      const { objectId } = result;
      return this.ask<{ breakpointId: string }>('Debugger.setBreakpointOnFunctionCall', { objectId, condition })
        .breakpointId;
    } finally {
      deleteProperty(globalThis, SHOWN_KEY);
      this.tell('Runtime.releaseObjectGroup', { objectGroup });
    }
  }

  remove(breakpointId: string): void {
    this.tell('Debugger.removeBreakpoint', { breakpointId });
  }

  /** @returns the URL of any script that has one, those of Node.js itself included; else an empty text. */
  urlOf(scriptId: string): string {
    return this.#catalog.urlOf(scriptId);
  }

  /** @throws where V8 has no such script any more. */
  source(scriptId: string): string {
    return this.ask<Debugger.GetScriptSourceReturnType>('Debugger.getScriptSource', { scriptId: v8IdOf(scriptId) })
      .scriptSource;
  }

  #parsed(parsed: Debugger.ScriptParsedEventDataType): void {
    const { url: scriptURL } = parsed;
    if (this.#listener === undefined) this.onCompiled();
    // Each hit's condition is announced too, without a URL; and a vm.Script at each of its runs.
    if (scriptURL === '') return;
    const scriptId = catalogIdOf(parsed.scriptId);
    if (this.#catalog.has(scriptId)) return;
    const { isDefault = true }: { isDefault?: boolean } = parsed.executionContextAuxData ?? {};
    this.#catalog.add({
      info: {
        scriptId,
        url: scriptURL,
        sourceMapURL: parsed.sourceMapURL ?? '',
        endLine: parsed.endLine,
        length: parsed.length ?? 0,
        isInOtherContext: isDefault ? undefined : true,
      },
      origin: this,
      isOfNode: startsWith(scriptURL, 'node:'),
    });
  }
}

/** Flags are those of all threads. Not where somebody chose how V8 compiles, or where its default may be another. */
function mayChangeFlags(): boolean {
  const flags = `${process.env.NODE_OPTIONS ?? ''} ${process.execArgv.join(' ')}`;
  const isKnown = process.arch === 'x64' || process.arch === 'arm64';
  return isMainThread && isKnown && !/sparkplug|jitless|max[-_]lazy|baseline|interpreted/.test(flags);
}
