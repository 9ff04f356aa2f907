import type { Debugger } from 'node:inspector';
import type { WireSnapshot } from '../../protocol/probe.ts';
import type { CapturedField } from '../../protocol/value.ts';
import { type CaptureLimits, captureValue, captureVariables } from './capture/capture.ts';
import type { RawCapture, RawFrame } from './messages.ts';
import type { Pause } from './pauser.ts';
import { qualifiedName } from './qualified-name.ts';

/** Frames that are listed without variables, after those with. */
const MORE_FRAMES = 20;
const MAX_VARIABLES = 100;
/** Not `with`: its object is the application's own. */
const LOCAL_SCOPES = ['local', 'block', 'catch', 'eval'];

/** Stack and variables of a pause, bounded by the probe's limits and the time that the pause gives. */
export function takeSnapshot(pause: Pause, probe: WireSnapshot): Omit<RawCapture, 'pauseMicroseconds'> {
  const { capture } = probe;
  const limits: CaptureLimits = {
    depth: capture.depth,
    fields: capture.fields,
    items: capture.items,
    stringLength: capture.stringLength,
    bytes: Math.floor(probe.limits.payloadBytes / 2),
    deadline: pause.until,
  };
  const planned = planFrames(pause, capture.frames);
  // Handing over is a call of the debugger, so there is one for all.
  const objects = pause.objectsOf(planned.flatMap(({ ids }) => ids));
  const frames: RawFrame[] = [];
  let cut: string | undefined;
  let next = 0;
  for (const { frame, url, self, scopes, ids } of planned) {
    const own = objects.slice(next, next + ids.length);
    next += ids.length;
    const receiver = self === undefined ? undefined : own[0];
    if (scopes.length > 0 && pause.isLate()) cut = 'variables of lower frames: no time was left';
    frames.push({
      functionName: qualifiedName(frame.functionName, receiver) || '(anonymous)',
      url,
      scriptId: frame.location.scriptId,
      line: frame.location.lineNumber,
      column: frame.location.columnNumber ?? 0,
      ...(scopes.length > 0 && cut === undefined
        ? {
            this: self?.isShown ? captureValue(receiver, limits, 'this') : undefined,
            ...variablesOf(scopes, own.slice(self === undefined ? 0 : 1), limits),
          }
        : {}),
    });
  }
  return { frames, cut };
}

interface PlannedFrame {
  readonly frame: Debugger.CallFrame;
  readonly url: string;
  /** `this`, where it is an object; `isShown` when it says something. */
  readonly self?: { readonly isShown: boolean };
  /** Scopes that are shown, each by whether its variables are local. */
  readonly scopes: readonly boolean[];
  /** Ids of `this` and of the scopes. */
  readonly ids: readonly string[];
}

function planFrames(pause: Pause, withVariables: number): PlannedFrame[] {
  let left = withVariables;
  return pause.frames.slice(0, withVariables + MORE_FRAMES).map((frame) => {
    const url = pause.urlOf(frame);
    const ids: string[] = [];
    const scopes: boolean[] = [];
    const { objectId, className } = frame.this;
    const isPlace = className === 'global' || className === 'Module';
    if (objectId !== undefined) ids.push(objectId);
    // What is inside of Node.js itself is nobody's variable.
    if (left > 0 && !url.startsWith('node:')) {
      left--;
      for (const scope of frame.scopeChain) {
        const isLocal = LOCAL_SCOPES.includes(scope.type);
        if (!isLocal && (scope.type !== 'closure' || isModuleScope(scope))) continue;
        if (scope.object.objectId === undefined) continue;
        scopes.push(isLocal);
        ids.push(scope.object.objectId);
      }
    }
    return { frame, url, self: objectId === undefined ? undefined : { isShown: !isPlace }, scopes, ids };
  });
}

function variablesOf(
  scopes: readonly boolean[],
  objects: readonly unknown[],
  limits: CaptureLimits,
): Pick<RawFrame, 'locals' | 'closure'> {
  const locals: CapturedField[] = [];
  const closure: CapturedField[] = [];
  for (const [index, isLocal] of scopes.entries()) {
    const into = isLocal ? locals : closure;
    const variables = objects[index];
    if (typeof variables !== 'object' || variables === null || into.length >= MAX_VARIABLES) continue;
    into.push(...captureVariables(readable(variables), limits).slice(0, MAX_VARIABLES - into.length));
  }
  return { locals, closure: closure.length > 0 ? closure : undefined };
}

/** A variable whose declaration has not been reached throws when it is read. */
function readable(variables: object): Record<string, unknown> {
  const read: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(variables)) {
    try {
      read[name] = Reflect.get(variables, name);
    } catch {
      // Left out: the program could not read it here either.
    }
  }
  return read;
}

/** CommonJS wraps a module into a function, whose scope starts with the file. */
function isModuleScope(scope: Debugger.Scope): boolean {
  return scope.startLocation?.lineNumber === 0 && (scope.startLocation.columnNumber ?? 0) === 0;
}
