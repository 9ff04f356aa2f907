import { type Debugger, type Runtime, Session, url } from 'node:inspector';
import { getHeapStatistics } from 'node:v8';
import {
  append,
  define,
  defineHidden,
  mapDelete,
  mapGet,
  mapped,
  mapSet,
  startsWith,
} from './guard/guard-intrinsics.ts';
import { KnownScripts } from './known-scripts.ts';
import type { BreakLocation, Position, ScriptInfo, Site } from './messages.ts';

/** V8 stops at this many locations without a word, so more are asked for from the last one on. */
const LOCATIONS_PER_PAGE = 1000;
const MAX_PAGES = 20;
/** Functions that are brought back to speed after they were asked about. */
const MAX_SETTLED = 50;
const END_OF_SCRIPT: Position = { line: 2 ** 30, column: 0 };
/** V8 walks the heap to throw compiled code away: milliseconds per MB in use. */
export const STALL_MILLISECONDS_PER_MEGABYTE = 0.3;
export const OBJECT_GROUP = 'davylamp';

const CALIBRATED_KEY = 'dev.davylamp.calibrated';

const inspectorUrl = url;
const { post } = Session.prototype;

type Done = (error: Error | null, result?: object) => void;

/** What an evaluation gave: an object is known by its id, a primitive by its value. */
export interface Evaluation {
  readonly objectId?: string;
  readonly value?: unknown;
  /** Text of what was thrown. */
  readonly thrown?: string;
}

/** A value as the debugger shows it: an object by its id, a primitive by its value. */
export type RemoteValue = Pick<Runtime.RemoteObject, 'objectId' | 'value' | 'unserializableValue'>;

/** The in-process debugger of the application's own thread. Every call is answered before it returns. */
export class DebuggerSession {
  readonly #onScript: (script: ScriptInfo) => void;
  readonly #onPaused: (event: Debugger.PausedEventDataType) => void;
  #session: Session | undefined;
  #urls = new Map<string, string>();
  readonly #known = new KnownScripts();

  constructor(onScript: (script: ScriptInfo) => void, onPaused: (event: Debugger.PausedEventDataType) => void) {
    this.#onScript = onScript;
    this.#onPaused = onPaused;
  }

  get enabled(): boolean {
    return this.#session !== undefined;
  }

  /** While another debugger may be attached a pause would wait for it. */
  get busy(): boolean {
    return inspectorUrl() !== undefined;
  }

  enable(): void {
    if (this.#session !== undefined) return;
    const session = new Session();
    // The application may have replaced the methods of event emitters: notifications come without them.
    define(session, 'post', post);
    define(session, 'emit', (method: string, message: { readonly params: never }) => {
      if (method === 'Debugger.scriptParsed') this.#parsed(message.params);
      else if (method === 'Debugger.paused') this.#onPaused(message.params);
    });
    session.connect();
    this.#session = session;
    answered((done) => session.post('Debugger.enable', { maxScriptsCacheSize: 0 }, done));
  }

  /** Breakpoints go with it. */
  disable(): void {
    const session = this.#session;
    this.#session = undefined;
    this.#urls = new Map();
    this.#known.clear();
    if (session === undefined) return;
    session.post('Debugger.disable');
    session.disconnect();
  }

  setBreakpoint(site: Site, condition: string): string {
    const location = { scriptId: site.scriptId, lineNumber: site.line, columnNumber: site.column };
    return this.#ask<Debugger.SetBreakpointReturnType>((session, done) =>
      session.post('Debugger.setBreakpoint', { location, condition }, done),
    ).breakpointId;
  }

  /** Breaks where the code of each file begins, of those that are loaded from now on. */
  setBreakpointAtStarts(condition: string): string {
    const place = { urlRegex: '^(?!node:).+', lineNumber: 0, columnNumber: 0, condition };
    return this.#ask<Debugger.SetBreakpointByUrlReturnType>((session, done) =>
      session.post('Debugger.setBreakpointByUrl', place, done),
    ).breakpointId;
  }

  /** Breaks at the entry of one function of ours. */
  setBreakpointOnCall(fn: (...args: never[]) => unknown, condition: string): string {
    defineHidden(globalThis, CALIBRATED_KEY, fn);
    try {
      const objectId = this.#objectIdOf(`globalThis[${JSON.stringify(CALIBRATED_KEY)}]`);
      const parameters = { objectId, condition };
      return this.#ask<{ breakpointId: string }>((session, done) =>
        // Not among the methods that @types/node knows.
        session.post('Debugger.setBreakpointOnFunctionCall', parameters, done as Done),
      ).breakpointId;
    } finally {
      Reflect.deleteProperty(globalThis, CALIBRATED_KEY);
      this.release();
    }
  }

  removeBreakpoint(breakpointId: string): void {
    this.#session?.post('Debugger.removeBreakpoint', { breakpointId });
  }

  /** Places where V8 can stop: those of the function at the start, else those of any function in the range. */
  possibleBreakpoints(scriptId: string, start: Position, end: Position): BreakLocation[] {
    const own = this.#possible(scriptId, start, end, true);
    const found = own.length > 0 ? own : this.#possible(scriptId, start, end, false);
    // One place in each function that was asked about; that of the first may lie behind the range.
    const touched = own.length > 0 ? own.slice(0, 1) : found.slice(0, MAX_SETTLED);
    if (own.length === 0) touched.push(...this.#possible(scriptId, start, END_OF_SCRIPT, true, 1).slice(0, 1));
    for (const location of touched) this.#settle(scriptId, location);
    return found;
  }

  /**
   * V8 keeps a function that it was asked about in the interpreter, and callers cannot inline it. Taking a breakpoint out
   * of it again ends that.
   */
  #settle(scriptId: string, { line, column }: Position): void {
    try {
      this.removeBreakpoint(this.setBreakpoint({ scriptId, line, column }, 'false'));
    } catch {
      // There is a breakpoint of ours: the function is in the interpreter anyway.
    }
  }

  #possible(
    scriptId: string,
    start: Position,
    end: Position,
    restrictToFunction: boolean,
    maxPages = MAX_PAGES,
  ): BreakLocation[] {
    const found: BreakLocation[] = [];
    let from = { scriptId, lineNumber: start.line, columnNumber: start.column };
    for (let page = 0; page < maxPages; page++) {
      const range = {
        start: from,
        end: { scriptId, lineNumber: end.line, columnNumber: end.column },
        restrictToFunction,
      };
      const { locations } = this.#ask<Debugger.GetPossibleBreakpointsReturnType>((session, done) =>
        session.post('Debugger.getPossibleBreakpoints', range, done),
      );
      for (const { lineNumber, columnNumber = 0, type } of locations) {
        found.push({ line: lineNumber, column: columnNumber, type: breakType(type) });
      }
      const last = locations.at(-1);
      if (locations.length < LOCATIONS_PER_PAGE || last === undefined) break;
      from = { scriptId, lineNumber: last.lineNumber, columnNumber: (last.columnNumber ?? 0) + 1 };
    }
    return found;
  }

  source(scriptId: string): string {
    return this.#ask<Debugger.GetScriptSourceReturnType>((session, done) =>
      session.post('Debugger.getScriptSource', { scriptId }, done),
    ).scriptSource;
  }

  /** @returns the URL of any script that has one, those of Node.js itself included; else an empty text. */
  urlOf(scriptId: string): string {
    return mapGet(this.#urls, scriptId) ?? '';
  }

  /** Runs an expression in a frame of the pause. @throws when it did not finish in time. */
  evaluate(callFrameId: string, expression: string, timeout: number, throwOnSideEffect: boolean): Evaluation {
    // `timeout` is not among the parameters that @types/node knows.
    const parameters = {
      callFrameId,
      expression,
      timeout,
      throwOnSideEffect,
      silent: true,
      objectGroup: OBJECT_GROUP,
    } satisfies Debugger.EvaluateOnCallFrameParameterType & { timeout: number };
    const { result, exceptionDetails } = this.#ask<Debugger.EvaluateOnCallFrameReturnType>((session, done) =>
      session.post('Debugger.evaluateOnCallFrame', parameters, done),
    );
    if (exceptionDetails !== undefined) {
      return { thrown: exceptionDetails.exception?.description ?? exceptionDetails.text };
    }
    if (result.objectId !== undefined) return { objectId: result.objectId };
    return { value: result.unserializableValue === undefined ? result.value : special(result.unserializableValue) };
  }

  /** Calls a function of ours with objects as its arguments; how raw objects are handed over. */
  callOn(objectId: string, functionDeclaration: string, objectIds: readonly string[]): void {
    this.#session?.post('Runtime.callFunctionOn', {
      objectId,
      functionDeclaration,
      arguments: mapped(objectIds, (argument) => ({ objectId: argument })),
      silent: true,
      returnByValue: true,
    });
  }

  /** Whether every exception is to be a pause, caught or not. */
  pauseOnExceptions(on: boolean): void {
    this.#session?.post('Debugger.setPauseOnExceptions', { state: on ? 'all' : 'none' });
  }

  /** @returns what a promise was fulfilled with; undefined while it is not. */
  fulfilment(objectId: string): RemoteValue | undefined {
    const { internalProperties = [] } = this.#propertiesOf(objectId);
    let isFulfilled = false;
    let result: RemoteValue | undefined;
    for (let index = 0; index < internalProperties.length; index++) {
      const property = internalProperties[index];
      if (property?.name === '[[PromiseState]]') isFulfilled = property.value?.value === 'fulfilled';
      if (property?.name === '[[PromiseResult]]') result = property.value;
    }
    return isFulfilled ? result : undefined;
  }

  /**
   * Asks V8 about the function that an expression gives: where its parameters begin, and ids of the scopes around it,
   * innermost first.
   */
  functionScopes(
    expression: string,
  ): { readonly site: Site; readonly scopes: { readonly kind: string; readonly objectId: string }[] } | undefined {
    const functionId = this.#objectIdOf(expression);
    if (functionId === undefined) return undefined;
    const internal = this.#propertiesOf(functionId).internalProperties ?? [];
    let position: { scriptId: string; lineNumber: number; columnNumber?: number } | undefined;
    let list: string | undefined;
    for (let index = 0; index < internal.length; index++) {
      const property = internal[index];
      if (property?.name === '[[FunctionLocation]]') position = property.value?.value;
      else if (property?.name === '[[Scopes]]') list = property.value?.objectId;
    }
    if (position === undefined || list === undefined) return undefined;
    const { scriptId, lineNumber, columnNumber = 0 } = position;
    const found = this.#propertiesOf(list).result;
    const scopes: { kind: string; objectId: string }[] = [];
    for (let index = 0; index < found.length; index++) {
      const { objectId, description = '' } = found[index]?.value ?? {};
      if (objectId !== undefined) append(scopes, { kind: description, objectId });
    }
    return { site: { scriptId, line: lineNumber, column: columnNumber }, scopes };
  }

  /** Lets go of the objects that were asked for. */
  release(): void {
    this.#session?.post('Runtime.releaseObjectGroup', { objectGroup: OBJECT_GROUP });
  }

  /** Lets the program go on, and lets go of what the pause held. */
  resume(): void {
    this.release();
    this.#session?.post('Debugger.resume');
  }

  /** @returns the id of the object that an expression gives outside of a pause; undefined for a primitive. */
  #objectIdOf(expression: string): string | undefined {
    return this.#ask<Runtime.EvaluateReturnType>((session, done) =>
      session.post('Runtime.evaluate', { expression, silent: true, objectGroup: OBJECT_GROUP }, done),
    ).result.objectId;
  }

  #propertiesOf(objectId: string): Runtime.GetPropertiesReturnType {
    return this.#ask((session, done) => session.post('Runtime.getProperties', { objectId, ownProperties: true }, done));
  }

  #ask<R>(send: (session: Session, done: (error: Error | null, result?: R) => void) => void): R {
    const session = this.#session;
    if (session === undefined) throw new Error('the debugger is not enabled');
    return answered((done) => send(session, done));
  }

  #parsed(script: Debugger.ScriptParsedEventDataType): void {
    // Each hit's condition is announced too, without a URL; and a vm.Script at each of its runs.
    if (script.url === '' || mapGet(this.#urls, script.scriptId) !== undefined) return;
    mapSet(this.#urls, script.scriptId, script.url);
    const forgotten = this.#known.add(script.url, script.scriptId);
    for (let index = 0; index < forgotten.length; index++) mapDelete(this.#urls, forgotten[index] ?? '');
    if (startsWith(script.url, 'node:')) return;
    const { isDefault = true }: { isDefault?: boolean } = script.executionContextAuxData ?? {};
    this.#onScript({
      scriptId: script.scriptId,
      url: script.url,
      sourceMapURL: script.sourceMapURL ?? '',
      endLine: script.endLine,
      length: script.length ?? 0,
      isInOtherContext: isDefault ? undefined : true,
    });
  }
}

/** Megabytes of heap in use: what enabling the debugger and setting a breakpoint walk through. */
export function usedHeapMegabytes(): number {
  return getHeapStatistics().used_heap_size / 1e6;
}

function answered<R>(send: (done: (error: Error | null, result?: R) => void) => void): R {
  let failure: Error | null = new Error('the debugger did not answer');
  let answer: R | undefined;
  send((error, result) => {
    failure = error;
    answer = result;
  });
  if (failure !== null) throw failure;
  return answer as R;
}

function breakType(type: string | undefined): BreakLocation['type'] {
  return type === 'return' || type === 'call' || type === 'debuggerStatement' ? type : undefined;
}

/** @returns a primitive that the debugger showed. */
export function primitiveOf({ value, unserializableValue }: RemoteValue): unknown {
  return unserializableValue === undefined ? value : special(unserializableValue);
}

function special(text: string): unknown {
  return text.endsWith('n') ? BigInt(text.slice(0, -1)) : Number(text);
}
