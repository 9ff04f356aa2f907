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

/** Key of globalThis under which the debugger reads a function that is to get a breakpoint; it is there only meanwhile. */
const SHOWN_KEY = 'dev.davylamp.shown';

/** A builtin that hardly any program calls; see {@link DebuggerConnection.prepare}. */
const { anchor } = String.prototype as unknown as { anchor: Callable };

export interface DebuggerListener {
  /** Script ids in the event are those of the catalog. */
  onPaused(event: Debugger.PausedEventDataType): void;
}

/**
 * The inspector session to the application's own thread, which adds scripts to the catalog. While it has no listener it is at rest:
 * it never pauses, and only counts scripts. Every call is answered before it returns.
 */
export class DebuggerConnection implements ScriptOrigin {
  readonly #catalog: ScriptCatalog;
  /** Called for each script that is compiled while there is no listener. */
  onCompiled: () => void = () => {};
  /** Whether the debugger stays enabled when there is no listener any more. */
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

  /** Whether another debugger may be attached: a pause would wait for it. */
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

  /** Enables the debugger, for which V8 walks the heap once; nothing where it is enabled. @throws what V8 throws. */
  enable(): void {
    if (this.#session !== undefined) return;
    const session = new OwnSession();
    // Notifications arrive through a method of the session's own, as the application may have replaced those of event emitters.
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
   * Makes V8 set breakpoints without walking the heap. It walks the heap when a function that gets its first breakpoint has baseline
   * code (Sparkplug's), as every function has that was called some times. So all baseline code is discarded once, which a
   * breakpoint in a builtin does, and V8 makes no more while the debugger is enabled.
   */
  prepare(): void {
    if (this.#isPrepared || this.#isPreparing || this.#session === undefined || !this.#mayChangeFlags) return;
    // The worker may interrupt the thread in the middle of this, and ask for the same.
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

  /** Undoes `prepare`: setting a breakpoint has walked the heap all the same on this version of V8. */
  distrust(): void {
    if (this.#isPrepared) this.#changeFlags(true);
    this.#isPrepared = false;
    this.#mayChangeFlags = false;
  }

  /** Tells the listener of pauses from now on. */
  listen(listener: DebuggerListener): void {
    if (this.#listener === undefined && this.#session !== undefined) {
      this.ask('Debugger.setSkipAllPauses', { skip: false });
    }
    this.#listener = listener;
  }

  /** Ends listening; no breakpoint may be left. The debugger stays enabled at rest if `stays` is set, else it is disabled. */
  release(): void {
    this.#listener = undefined;
    if (this.#session === undefined) return;
    if (!this.stays) {
      this.disable();
      return;
    }
    this.tell('Debugger.setSkipAllPauses', { skip: true });
  }

  /** Has the debugger disabled: now, or when there is no listener any more. */
  stayNoLonger(): void {
    this.stays = false;
    if (this.#listener === undefined) this.disable();
  }

  /** Disables the debugger and removes all breakpoints. */
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

  /** Changes V8's flags. They are restored before the end of the process, as the compile caches that Node.js writes then depend on them. */
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

  /** Sends a command whose answer does not matter. */
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
    // V8 also announces the condition of each hit, without a URL, and a vm.Script at each of its runs.
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

/** Whether V8's flags, which hold for all threads, may be changed: not where the user chose how V8 compiles, or its default may differ. */
function mayChangeFlags(): boolean {
  const flags = `${process.env.NODE_OPTIONS ?? ''} ${process.execArgv.join(' ')}`;
  const isKnown = process.arch === 'x64' || process.arch === 'arm64';
  return isMainThread && isKnown && !/sparkplug|jitless|max[-_]lazy|baseline|interpreted/.test(flags);
}
