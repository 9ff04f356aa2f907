import type { Debugger } from 'node:inspector';
import type { CapturedField } from '../../../../protocol/value.ts';
import type { WireSnapshot } from '../../../../protocol/wire-probe.ts';
import { MARGIN } from '../../../../redaction/raw-value.ts';
import type { LeftVariable } from '../../channel/probe-plan.ts';
import type { RawCapture, RawFrame } from '../../channel/raw-values.ts';
import type { Pause } from '../debugger/pause.ts';
import { isMarker } from '../guard/guard.ts';
import { append, define, firstOf, hasOwn, mapped, startsWith } from '../guard/intrinsics.ts';
import { qualifiedName } from '../qualified-name.ts';
import { type CaptureLimits, Capturing } from './capture.ts';

/** Frames that are listed without variables, after those with variables. */
const MORE_FRAMES = 20;
const MAX_VARIABLES = 100;
/** Types of scopes whose variables are local. Not `with`, whose object belongs to the application. */
const LOCAL_SCOPES: Readonly<Record<string, true>> = Object.freeze(
  Object.assign(Object.create(null), { local: true, block: true, catch: true, eval: true }),
);

/** Variables of the first frame that V8 no longer shows, since it has left their scope where the function returns. */
export interface ReturnVariables {
  readonly left: readonly LeftVariable[];
  /** Gives a marker where the value is not known. */
  readonly read: (name: string) => unknown;
}

/**
 * Captures stack and variables in a pause, within the probe's limits and the time of the pause: first the variables of all frames
 * without their contents, then their contents level by level.
 * @param returned given where V8 stopped with the result of the function.
 * @returns the capture, and whether it is without the values of the variables that it is about.
 */
export function takeSnapshot(
  pause: Pause,
  probe: WireSnapshot,
  returned: ReturnVariables | undefined,
  taken: { bytes: number },
): { readonly taken: Omit<RawCapture, 'pauseMicroseconds'>; readonly isEmpty: boolean } {
  const { capture } = probe;
  const limits: CaptureLimits = {
    depth: capture.depth,
    fields: capture.fields,
    items: capture.items,
    stringLength: capture.stringLength,
    margin: MARGIN,
    bytes: probe.limits.payloadBytes >> 1,
    taken,
    deadline: pause.until,
  };
  const planned = planFrames(pause, capture.frames);
  // Each handing over of objects is a call of the debugger, so there is one for all.
  const handed: string[] = [];
  for (let index = 0; index < planned.length; index++) {
    const ids = planned[index]?.ids ?? [];
    for (let at = 0; at < ids.length; at++) append(handed, ids[at] ?? '');
  }
  const objects = pause.objectsOf(handed);
  const capturing = new Capturing(limits);
  const { scopes: read, cut } = readScopes(pause, planned, objects, capturing);
  const frames: RawFrame[] = [];
  let next = 0;
  for (let index = 0; index < planned.length; index++) {
    const { frame, url, self, ids } = planned[index] as PlannedFrame;
    const receiver = self === undefined ? undefined : objects[next];
    next += ids.length;
    const shown = index === 0 && returned !== undefined ? returned : undefined;
    const scopes = read[index];
    append(frames, {
      functionName: qualifiedName(frame.functionName, receiver) || '(anonymous)',
      url,
      scriptId: frame.location.scriptId,
      line: frame.location.lineNumber,
      column: frame.location.columnNumber ?? 0,
      ...(shown === undefined ? {} : { isReturn: true }),
      ...(scopes === undefined
        ? {}
        : {
            this: self?.isShown ? capturing.take(receiver, 'this') : undefined,
            ...withLeft(variablesOf(scopes, capturing, capture.only), shown, capturing),
          }),
    });
  }
  capturing.finish();
  const isEmpty = handed.length > 0 && (objects.length === 0 || isWithoutValues(frames[0]));
  return { taken: { frames, cut }, isEmpty };
}

/** Whether there was no time for any variable of the frame. */
function isWithoutValues(frame: RawFrame | undefined): boolean {
  const locals = frame?.locals ?? [];
  for (let index = 0; index < locals.length; index++) {
    const { value } = locals[index] as CapturedField;
    if (!hasOwn(value, 'notCaptured') || value.notCaptured !== 'time') return false;
  }
  return locals.length > 0;
}

interface Scope {
  readonly isLocal: boolean;
  readonly variables: Record<string, unknown>;
}

/**
 * Reads the variables of all frames before any is captured, so that the texts to hide are known by then. Those of the first
 * frame are read however late it is.
 */
function readScopes(
  pause: Pause,
  planned: readonly PlannedFrame[],
  objects: readonly unknown[],
  capturing: Capturing,
): { readonly scopes: readonly (readonly Scope[] | undefined)[]; readonly cut: string | undefined } {
  const scopes: (readonly Scope[] | undefined)[] = [];
  let cut: string | undefined;
  let next = 0;
  let isFirst = true;
  for (let index = 0; index < planned.length; index++) {
    const { self, scopes: areLocal, ids } = planned[index] as PlannedFrame;
    const first = self === undefined ? next : next + 1;
    next += ids.length;
    if (areLocal.length === 0) {
      append(scopes, undefined);
      continue;
    }
    if (!isFirst && cut === undefined && pause.isLate()) cut = 'variables of lower frames: no time was left';
    isFirst = false;
    const read: Scope[] = [];
    for (let at = 0; at < areLocal.length && cut === undefined; at++) {
      const object = objects[first + at];
      if (typeof object !== 'object' || object === null) continue;
      const variables = readable(object);
      capturing.hide(variables);
      append(read, { isLocal: areLocal[at] === true, variables });
    }
    append(scopes, cut === undefined ? read : undefined);
  }
  return { scopes, cut };
}

interface PlannedFrame {
  readonly frame: Debugger.CallFrame;
  readonly url: string;
  /** `this`, where it is an object; `isShown` when it is worth showing. */
  readonly self?: { readonly isShown: boolean };
  /** One item for each scope that is shown: whether its variables are local. */
  readonly scopes: readonly boolean[];
  /** The debugger's ids of `this` and of the scopes. */
  readonly ids: readonly string[];
}

function planFrames(pause: Pause, withVariables: number): PlannedFrame[] {
  let left = withVariables;
  return mapped(firstOf(pause.frames, withVariables + MORE_FRAMES), (frame) => {
    const url = pause.urlOf(frame);
    const ids: string[] = [];
    const scopes: boolean[] = [];
    const { objectId, className } = frame.this;
    const isPlace = className === 'global' || className === 'Module';
    if (objectId !== undefined) append(ids, objectId);
    // Frames of Node.js itself are listed without variables, which are not the application's.
    if (left > 0 && !startsWith(url, 'node:')) {
      left--;
      for (let index = 0; index < frame.scopeChain.length; index++) {
        const scope = frame.scopeChain[index] as Debugger.Scope;
        const isLocal = LOCAL_SCOPES[scope.type] === true;
        if (!isLocal && (scope.type !== 'closure' || isModuleScope(scope))) continue;
        if (scope.object.objectId === undefined) continue;
        append(scopes, isLocal);
        append(ids, scope.object.objectId);
      }
    }
    return { frame, url, self: objectId === undefined ? undefined : { isShown: !isPlace }, scopes, ids };
  });
}

function variablesOf(
  scopes: readonly Scope[],
  capturing: Capturing,
  only: readonly string[] | undefined,
): Pick<RawFrame, 'locals' | 'closure'> {
  const locals: CapturedField[] = [];
  const closure: CapturedField[] = [];
  for (let index = 0; index < scopes.length; index++) {
    const { isLocal, variables } = scopes[index] as Scope;
    const into = isLocal ? locals : closure;
    const captured = into.length >= MAX_VARIABLES ? [] : capturing.variables(variables, only);
    for (let at = 0; at < captured.length && into.length < MAX_VARIABLES; at++)
      append(into, captured[at] as CapturedField);
  }
  return { locals, closure: closure.length > 0 ? closure : undefined };
}

/** Adds the variables whose scope V8 has left, and removes those of the same names that V8 shows instead: they are outer variables. */
function withLeft(
  { locals = [], closure }: Pick<RawFrame, 'locals' | 'closure'>,
  returned: ReturnVariables | undefined,
  capturing: Capturing,
): Pick<RawFrame, 'locals' | 'closure'> {
  if (returned === undefined || returned.left.length === 0) return { locals, closure };
  const names: Record<string, true> = create(null);
  const shown: CapturedField[] = [];
  for (let index = 0; index < returned.left.length && index < MAX_VARIABLES; index++) {
    const { name } = returned.left[index] as LeftVariable;
    define(names, name, true);
    const value = returned.read(name);
    if (isMarker(value)) append(shown, { name, value: { type: 'undefined', notCaptured: 'unavailable' } });
    else {
      const read: Record<string, unknown> = create(null);
      define(read, name, value);
      capturing.hide(read);
      const captured = capturing.variables(read);
      if (captured.length > 0) append(shown, captured[0] as CapturedField);
    }
  }
  for (let index = 0; index < locals.length; index++) {
    const one = locals[index] as CapturedField;
    if (names[one.name] !== true) append(shown, one);
  }
  return { locals: shown, closure };
}

/** @returns the variables that can be read: one whose declaration has not been reached throws, and is left out. */
function readable(variables: object): Record<string, unknown> {
  const read: Record<string, unknown> = create(null);
  const names = keys(variables);
  for (let index = 0; index < names.length; index++) {
    const name = names[index] ?? '';
    try {
      define(read, name, get(variables, name));
    } catch {
      // Left out: the program could not read it here either.
    }
  }
  return read;
}

const { create, keys } = Object;
const { get } = Reflect;

/** Whether it is the scope of a CommonJS module: Node.js wraps it into a function, whose scope starts where the file does. */
function isModuleScope(scope: Debugger.Scope): boolean {
  return scope.startLocation?.lineNumber === 0 && (scope.startLocation.columnNumber ?? 0) === 0;
}
