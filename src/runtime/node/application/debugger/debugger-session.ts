import type { Debugger, Runtime } from 'node:inspector';
import type { BreakLocation, Position, Site } from '../../channel/positions.ts';
import { append, mapped } from '../guard/intrinsics.ts';
import type { DebuggerConnection, DebuggerListener } from './debugger-connection.ts';
import { isThreadEnding } from './lost-termination.ts';
import { catalogIdOf, v8IdOf } from './script-ids.ts';

/** V8 stops at this many locations without a word, so more are asked for from the last one on. */
const LOCATIONS_PER_PAGE = 1000;
const MAX_PAGES = 20;
/** Functions that are brought back to speed after they were asked about. */
const MAX_SETTLED = 50;
const END_OF_SCRIPT: Position = { line: 2 ** 30, column: 0 };
export const OBJECT_GROUP = 'davylamp';

/** What an evaluation gave: an object is known by its id, a primitive by its value. */
export interface EvaluationResult {
  readonly objectId?: string;
  readonly value?: unknown;
  /** Text of what was thrown. */
  readonly thrown?: string;
}

/** A value as the debugger shows it: an object by its id, a primitive by its value. */
export type RemoteValue = Pick<Runtime.RemoteObject, 'objectId' | 'value' | 'unserializableValue'>;

/** The in-process debugger of the application's own thread. Every call is answered before it returns. */
export class DebuggerSession {
  readonly #connection: DebuggerConnection;
  readonly #listener: DebuggerListener;
  #isListening = false;
  #isEvaluating = false;
  /** Functions that V8 was asked about, where bringing them back to speed takes a walk of the heap each. */
  #asked: Site[] = [];

  constructor(connection: DebuggerConnection, listener: DebuggerListener) {
    this.#connection = connection;
    this.#listener = listener;
  }

  get enabled(): boolean {
    return this.#isListening;
  }

  /** While another debugger may be attached a pause would wait for it. */
  get busy(): boolean {
    return this.#connection.busy;
  }

  /** Enables the debugger, unless it is. */
  enable(): void {
    if (this.#isListening) return;
    this.#connection.enable();
    this.#isListening = true;
    this.#connection.listen(this.#listener);
  }

  /** No breakpoint may be left, unless the debugger does not stay enabled. */
  disable(): void {
    this.#isListening = false;
    this.#asked = [];
    this.#connection.release();
  }

  setBreakpoint(site: Site, condition: string): string {
    const location = { scriptId: v8IdOf(site.scriptId), lineNumber: site.line, columnNumber: site.column };
    return this.#ask<Debugger.SetBreakpointReturnType>('Debugger.setBreakpoint', { location, condition }).breakpointId;
  }

  /** Breaks where the code of each file begins, of those that are loaded from now on. */
  setBreakpointAtStarts(condition: string): string {
    const place = { urlRegex: '^(?!node:).+', lineNumber: 0, columnNumber: 0, condition };
    return this.#ask<Debugger.SetBreakpointByUrlReturnType>('Debugger.setBreakpointByUrl', place).breakpointId;
  }

  /** Breaks at the entry of one function of ours. */
  setBreakpointOnCall(fn: (...args: never[]) => unknown, condition: string): string {
    return this.#connection.breakOnCall(fn, condition);
  }

  removeBreakpoint(breakpointId: string): void {
    this.#connection.remove(breakpointId);
  }

  /** Places where V8 can stop: those of the function at the start, else those of any function in the range. */
  possibleBreakpoints(scriptId: string, start: Position, end: Position): BreakLocation[] {
    const own = this.#possible(scriptId, start, end, true);
    const found = own.length > 0 ? own : this.#possible(scriptId, start, end, false);
    // One place in each function that was asked about; that of the first may lie behind the range.
    if (own.length > 0) {
      this.#touched(scriptId, own, 1);
    } else {
      this.#touched(scriptId, found, MAX_SETTLED);
      this.#touched(scriptId, this.#possible(scriptId, start, END_OF_SCRIPT, true, 1), 1);
    }
    return found;
  }

  /** V8 was asked about the functions in which the first `most` of these are. Without methods, which may be the application's by now. */
  #touched(scriptId: string, locations: readonly BreakLocation[], most: number): void {
    for (let index = 0; index < locations.length && index < most; index++) {
      const { line, column } = locations[index] as BreakLocation;
      const site = { scriptId, line, column };
      if (this.#connection.isPrepared) this.#settle(site);
      else append(this.#asked, site);
    }
  }

  /** Brings the next function back to speed that was asked about: a walk of the heap. @returns whether there are more. */
  settleNext(): boolean {
    const site = this.#asked.shift();
    if (site !== undefined) this.#settle(site);
    return this.#asked.length > 0;
  }

  /**
   * V8 keeps a function that it was asked about in the interpreter, and callers cannot inline it. Taking a breakpoint out
   * of it again ends that.
   */
  #settle(site: Site): void {
    try {
      this.removeBreakpoint(this.setBreakpoint(site, 'false'));
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
    const v8Id = v8IdOf(scriptId);
    let from = { scriptId: v8Id, lineNumber: start.line, columnNumber: start.column };
    for (let page = 0; page < maxPages; page++) {
      const range = {
        start: from,
        end: { scriptId: v8Id, lineNumber: end.line, columnNumber: end.column },
        restrictToFunction,
      };
      const { locations } = this.#ask<Debugger.GetPossibleBreakpointsReturnType>(
        'Debugger.getPossibleBreakpoints',
        range,
      );
      for (let index = 0; index < locations.length; index++) {
        const { lineNumber, columnNumber = 0, type } = locations[index] as Debugger.BreakLocation;
        append(found, { line: lineNumber, column: columnNumber, type: breakType(type) });
      }
      const last = locations.length > 0 ? locations[locations.length - 1] : undefined;
      if (locations.length < LOCATIONS_PER_PAGE || last === undefined) break;
      from = { scriptId: v8Id, lineNumber: last.lineNumber, columnNumber: (last.columnNumber ?? 0) + 1 };
    }
    return found;
  }

  /** Of a script that V8 knows, whether or not it is in the catalog. @throws when the debugger is not enabled, and what V8 refuses. */
  source(scriptId: string): string {
    return this.#connection.source(scriptId);
  }

  /** @returns the URL of any script that has one, those of Node.js itself included; else an empty text. */
  urlOf(scriptId: string): string {
    return this.#connection.urlOf(scriptId);
  }

  /** Runs an expression in a frame of the pause. @throws when it did not finish in time. */
  evaluate(callFrameId: string, expression: string, timeout: number, throwOnSideEffect: boolean): EvaluationResult {
    // `timeout` is not among the parameters that @types/node knows.
    const parameters = {
      callFrameId,
      expression,
      timeout,
      throwOnSideEffect,
      silent: true,
      objectGroup: OBJECT_GROUP,
    } satisfies Debugger.EvaluateOnCallFrameParameterType & { timeout: number };
    const { result, exceptionDetails } = this.#evaluate(parameters);
    if (exceptionDetails !== undefined) {
      return { thrown: exceptionDetails.exception?.description ?? exceptionDetails.text };
    }
    if (result.objectId !== undefined) return { objectId: result.objectId };
    return { value: result.unserializableValue === undefined ? result.value : special(result.unserializableValue) };
  }

  /**
   * When an evaluation with a timeout ends, V8 takes back whatever request there is to end the execution, that of
   * `worker.terminate()` included: the thread would run on for good. So it is asked for anew.
   */
  #evaluate(parameters: object): Debugger.EvaluateOnCallFrameReturnType {
    const isOutermost = !this.#isEvaluating;
    this.#isEvaluating = true;
    try {
      return this.#ask('Debugger.evaluateOnCallFrame', parameters);
    } finally {
      // Inside of another evaluation it would be taken back again.
      if (isOutermost) {
        this.#isEvaluating = false;
        if (isThreadEnding()) this.#connection.tell('Runtime.terminateExecution');
      }
    }
  }

  /** Calls a function of ours with objects as its arguments; how raw objects are handed over. */
  callOn(objectId: string, functionDeclaration: string, objectIds: readonly string[]): void {
    this.#connection.tell('Runtime.callFunctionOn', {
      objectId,
      functionDeclaration,
      arguments: mapped(objectIds, (argument) => ({ objectId: argument })),
      silent: true,
      returnByValue: true,
    });
  }

  /** Whether every exception is to be a pause, caught or not. */
  pauseOnExceptions(on: boolean): void {
    this.#connection.tell('Debugger.setPauseOnExceptions', { state: on ? 'all' : 'none' });
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
    return { site: { scriptId: catalogIdOf(scriptId), line: lineNumber, column: columnNumber }, scopes };
  }

  /** Lets go of the objects that were asked for. */
  release(): void {
    this.#connection.tell('Runtime.releaseObjectGroup', { objectGroup: OBJECT_GROUP });
  }

  /** Lets the program go on, and lets go of what the pause held. */
  resume(): void {
    this.release();
    this.#connection.tell('Debugger.resume');
  }

  /** @returns the id of the object that an expression gives outside of a pause; undefined for a primitive. */
  #objectIdOf(expression: string): string | undefined {
    return this.#ask<Runtime.EvaluateReturnType>('Runtime.evaluate', {
      expression,
      silent: true,
      objectGroup: OBJECT_GROUP,
    }).result.objectId;
  }

  #propertiesOf(objectId: string): Runtime.GetPropertiesReturnType {
    return this.#ask('Runtime.getProperties', { objectId, ownProperties: true });
  }

  #ask<R>(method: string, parameters: object): R {
    if (!this.#isListening) throw new Error('the debugger is not enabled');
    return this.#connection.ask(method, parameters);
  }
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
