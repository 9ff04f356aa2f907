import type { Debugger, Runtime } from 'node:inspector';
import type { BreakLocation, Position, Site } from '../../channel/positions.ts';
import { append, mapped } from '../guard/intrinsics.ts';
import type { DebuggerConnection, DebuggerListener } from './debugger-connection.ts';
import { isThreadEnding } from './lost-termination.ts';
import { catalogIdOf, v8IdOf } from './script-ids.ts';

/** V8 returns at most this many locations and does not tell that there are more, so they are asked for from the last one on. */
const LOCATIONS_PER_PAGE = 1000;
const MAX_PAGES = 20;
/** Functions that V8 was asked about and that are remembered until it may optimize them again. */
const MAX_SETTLED = 50;
const END_OF_SCRIPT: Position = { line: 2 ** 30, column: 0 };
export const OBJECT_GROUP = 'davylamp';

/** The result of an evaluation: an object by its id, a primitive by its value. */
export interface EvaluationResult {
  readonly objectId?: string;
  readonly value?: unknown;
  /** V8's text for what was thrown, if anything was. */
  readonly thrown?: string;
}

/** A value as the debugger shows it: an object by its id, a primitive by its value. */
export type RemoteValue = Pick<Runtime.RemoteObject, 'objectId' | 'value' | 'unserializableValue'>;

/** What probes use of the debugger of the application's own thread. Every call is answered before it returns. */
export class DebuggerSession {
  readonly #connection: DebuggerConnection;
  readonly #listener: DebuggerListener;
  #isListening = false;
  #isEvaluating = false;
  /** Sites in functions that V8 was asked about and that it does not optimize until {@link settleNext}. */
  #asked: Site[] = [];

  constructor(connection: DebuggerConnection, listener: DebuggerListener) {
    this.#connection = connection;
    this.#listener = listener;
  }

  get enabled(): boolean {
    return this.#isListening;
  }

  /** Whether another debugger may be attached: a pause would wait for it. */
  get busy(): boolean {
    return this.#connection.busy;
  }

  /** Enables the debugger, unless it is enabled, and listens to it. */
  enable(): void {
    if (this.#isListening) return;
    this.#connection.enable();
    this.#isListening = true;
    this.#connection.listen(this.#listener);
  }

  /** Stops listening. Where the debugger stays enabled, all breakpoints must have been removed before. */
  disable(): void {
    this.#isListening = false;
    this.#asked = [];
    this.#connection.release();
  }

  setBreakpoint(site: Site, condition: string): string {
    const location = { scriptId: v8IdOf(site.scriptId), lineNumber: site.line, columnNumber: site.column };
    return this.#ask<Debugger.SetBreakpointReturnType>('Debugger.setBreakpoint', { location, condition }).breakpointId;
  }

  /** Sets a breakpoint at the beginning of each file that is loaded from now on. @returns the id of the breakpoint. */
  setBreakpointAtStarts(condition: string): string {
    const place = { urlRegex: '^(?!node:).+', lineNumber: 0, columnNumber: 0, condition };
    return this.#ask<Debugger.SetBreakpointByUrlReturnType>('Debugger.setBreakpointByUrl', place).breakpointId;
  }

  /** Sets a breakpoint at the entry of a function of the runtime. @returns the id of the breakpoint. */
  setBreakpointOnCall(fn: (...args: never[]) => unknown, condition: string): string {
    return this.#connection.breakOnCall(fn, condition);
  }

  removeBreakpoint(breakpointId: string): void {
    this.#connection.remove(breakpointId);
  }

  /** @returns the places where V8 can stop: those of the function at the start, else those of any function in the range. */
  possibleBreakpoints(scriptId: string, start: Position, end: Position): BreakLocation[] {
    const own = this.#possible(scriptId, start, end, true);
    const found = own.length > 0 ? own : this.#possible(scriptId, start, end, false);
    // One place in each function that V8 was asked about is remembered; in the function at the start it may lie behind the range.
    if (own.length > 0) {
      this.#touched(scriptId, own, 1);
    } else {
      this.#touched(scriptId, found, MAX_SETTLED);
      this.#touched(scriptId, this.#possible(scriptId, start, END_OF_SCRIPT, true, 1), 1);
    }
    return found;
  }

  /** Remembers the first `most` of these places, in whose functions V8 was asked. Calls no method that the application may have replaced. */
  #touched(scriptId: string, locations: readonly BreakLocation[], most: number): void {
    for (let index = 0; index < locations.length && index < most; index++) {
      const { line, column } = locations[index] as BreakLocation;
      const site = { scriptId, line, column };
      if (this.#connection.isPrepared) this.#settle(site);
      else append(this.#asked, site);
    }
  }

  /** Lets V8 optimize the next of the functions that it was asked about; takes a walk of the heap. @returns whether there are more. */
  settleNext(): boolean {
    const site = this.#asked.shift();
    if (site !== undefined) this.#settle(site);
    return this.#asked.length > 0;
  }

  /**
   * V8 keeps a function that it was asked about in the interpreter, and callers cannot inline it. Setting a breakpoint in it and
   * removing it again ends that.
   */
  #settle(site: Site): void {
    try {
      this.removeBreakpoint(this.setBreakpoint(site, 'false'));
    } catch {
      // A probe has a breakpoint at that place, so the function is in the interpreter anyway.
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

  /** @returns the text of a script that V8 knows, in the catalog or not. @throws when the debugger is not enabled, or V8 refuses. */
  source(scriptId: string): string {
    return this.#connection.source(scriptId);
  }

  /** @returns the URL of any script that has one, those of Node.js itself included; else an empty text. */
  urlOf(scriptId: string): string {
    return this.#connection.urlOf(scriptId);
  }

  /** Runs an expression in a frame of the pause. @param timeout milliseconds. @throws when it did not finish in time. */
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
   * When an evaluation with a timeout ends, V8 cancels every pending request to terminate the execution, that of
   * `worker.terminate()` included, and the thread would never end. So the termination is requested anew.
   */
  #evaluate(parameters: object): Debugger.EvaluateOnCallFrameReturnType {
    const isOutermost = !this.#isEvaluating;
    this.#isEvaluating = true;
    try {
      return this.#ask('Debugger.evaluateOnCallFrame', parameters);
    } finally {
      // Requested inside of another evaluation, the termination would be cancelled again when that one ends.
      if (isOutermost) {
        this.#isEvaluating = false;
        if (isThreadEnding()) this.#connection.tell('Runtime.terminateExecution');
      }
    }
  }

  /** Calls a function of the runtime with objects as its arguments, which hands the raw objects over to the runtime. */
  callOn(objectId: string, functionDeclaration: string, objectIds: readonly string[]): void {
    this.#connection.tell('Runtime.callFunctionOn', {
      objectId,
      functionDeclaration,
      arguments: mapped(objectIds, (argument) => ({ objectId: argument })),
      silent: true,
      returnByValue: true,
    });
  }

  /** Sets whether V8 pauses at every exception, caught or not. */
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

  /** Releases the objects that the debugger holds for the runtime. */
  release(): void {
    this.#connection.tell('Runtime.releaseObjectGroup', { objectGroup: OBJECT_GROUP });
  }

  /** Ends the pause, and releases the objects that were held for it. */
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

/** @returns the primitive that the debugger describes. */
export function primitiveOf({ value, unserializableValue }: RemoteValue): unknown {
  return unserializableValue === undefined ? value : special(unserializableValue);
}

function special(text: string): unknown {
  return text.endsWith('n') ? BigInt(text.slice(0, -1)) : Number(text);
}
