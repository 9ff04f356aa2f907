import type { Debugger } from 'node:inspector';
import type { WireSnapshot } from '../../protocol/probe.ts';
import type { CapturedField } from '../../protocol/value.ts';
import { type CaptureLimits, captureValue, captureVariables } from './capture.ts';
import type { RawCapture, RawFrame } from './messages.ts';
import type { Pause } from './pauser.ts';

/** Frames that are listed without variables, after those with. */
const MORE_FRAMES = 20;
const MAX_VARIABLES = 100;
/** Not `with`: its object is the application's own. */
const LOCAL_SCOPES = ['local', 'block', 'catch', 'eval'];

/** Stack and variables of a pause, bounded by the probe's limits and the deadline of the pause. */
export function takeSnapshot(
  pause: Pause,
  probe: WireSnapshot,
  now: () => number,
): Omit<RawCapture, 'pauseMicroseconds'> {
  const { capture } = probe;
  const limits: CaptureLimits = {
    depth: capture.depth,
    fields: capture.fields,
    items: capture.items,
    stringLength: capture.stringLength,
    bytes: Math.floor(probe.limits.payloadBytes / 2),
    deadline: pause.deadline - 2,
  };
  const frames: RawFrame[] = [];
  let cut: string | undefined;
  let left = capture.frames;
  for (const frame of pause.frames.slice(0, capture.frames + MORE_FRAMES)) {
    const url = pause.urlOf(frame);
    // What is inside of Node.js itself is nobody's variable.
    const withVariables = left > 0 && !url.startsWith('node:');
    if (withVariables) left--;
    if (withVariables && now() > limits.deadline) cut = 'variables of lower frames: no time was left';
    frames.push({
      ...describe(frame, url),
      ...(withVariables && cut === undefined ? variablesOf(frame, pause, limits) : {}),
    });
  }
  return { frames, cut };
}

function describe(frame: Debugger.CallFrame, url: string): RawFrame {
  return {
    functionName: frame.functionName || '(anonymous)',
    url,
    scriptId: frame.location.scriptId,
    line: frame.location.lineNumber,
    column: frame.location.columnNumber ?? 0,
  };
}

function variablesOf(
  frame: Debugger.CallFrame,
  pause: Pause,
  limits: CaptureLimits,
): Pick<RawFrame, 'this' | 'locals' | 'closure'> {
  const locals: CapturedField[] = [];
  const closure: CapturedField[] = [];
  for (const scope of frame.scopeChain) {
    const into = LOCAL_SCOPES.includes(scope.type) ? locals : closure;
    if (into === closure && (scope.type !== 'closure' || isModuleScope(scope))) continue;
    if (scope.object.objectId === undefined || into.length >= MAX_VARIABLES) continue;
    const variables = pause.objectOf(scope.object.objectId);
    if (typeof variables !== 'object' || variables === null) continue;
    into.push(...captureVariables(readable(variables), limits).slice(0, MAX_VARIABLES - into.length));
  }
  const self = frame.this;
  const hasThis = self.objectId !== undefined && self.className !== 'global' && self.className !== 'Module';
  return {
    this: hasThis && self.objectId ? captureValue(pause.objectOf(self.objectId), limits, 'this') : undefined,
    locals,
    closure: closure.length > 0 ? closure : undefined,
  };
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
