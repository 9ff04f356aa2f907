import events from 'node:events';
import timers from 'node:timers';
import { MessagePort } from 'node:worker_threads';
import { apply, type Callable } from './guard/intrinsics.ts';

/**
 * Every way by which something outside calls the runtime on the application's thread: timers, message ports, events of the process,
 * notifications of the debugger, hits. What they call never throws into the application, and the means are those that
 * Node.js had when this file was loaded, whatever the application has made of them since.
 */

const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval } = timers;

const { on: onEmitter } = events.prototype as unknown as Record<'on', Callable>;
const ownProcess = process;
const { on, removeListener, listenerCount, getMaxListeners } = process as unknown as Record<
  'on' | 'removeListener' | 'listenerCount' | 'getMaxListeners',
  Callable
>;

export type Timer = ReturnType<typeof setTimeout>;

const { on: onPort, unref: unrefPort } = MessagePort.prototype as unknown as Record<'on' | 'unref', Callable>;

const anyTimer = setTimeout(() => {}, 0);
const { unref } = Object.getPrototypeOf(anyTimer) as { unref: Callable };
const anyImmediate = setImmediate(() => {});
const { unref: unrefImmediate } = Object.getPrototypeOf(anyImmediate) as { unref: Callable };
clearTimeout(anyTimer);
timers.clearImmediate(anyImmediate);

/** Does the work in a while, unless the process ends before; it never keeps the process alive. */
export function after(milliseconds: number, work: () => void): Timer {
  const timer = setTimeout(guarded(work), milliseconds);
  apply(unref, timer, []);
  return timer;
}

/** Does the work again and again; it never keeps the process alive. */
export function every(milliseconds: number, work: () => void): Timer {
  const timer = setInterval(guarded(work), milliseconds);
  apply(unref, timer, []);
  return timer;
}

/** Does the work when the code that runs now has come to its end. */
export function soon(work: () => void): void {
  apply(unrefImmediate, setImmediate(guarded(work)), []);
}

export function cancel(timer: Timer | undefined): void {
  clearTimeout(timer);
  clearInterval(timer);
}

/** What arrives at a message port. Listening, the port keeps nothing alive. */
export function onMessage<T>(port: MessagePort, work: (message: T) => void): void {
  apply(onPort, port, ['message', guarded(work)] as never[]);
  apply(unrefPort, port, []);
}

/** Listens to an event of an emitter of ours. */
export function onEvent(emitter: object, event: string, work: (...args: never[]) => void): void {
  apply(onEmitter, emitter, [event, guarded(work)] as never[]);
}

/** Does the work when the process ends. @returns a function that takes it back. */
export function atExit(work: () => void): () => void {
  // One listener too many would make Node.js warn on the application's standard error.
  const most = apply(getMaxListeners, ownProcess, []) as number;
  if ((apply(listenerCount, ownProcess, ['exit'] as never[]) as number) >= most - 1) return () => {};
  const listener = guarded(work);
  apply(on, ownProcess, ['exit', listener] as never[]);
  return () => void apply(removeListener, ownProcess, ['exit', listener] as never[]);
}

/** A function that may be called from outside: what it throws stays here. */
export function guarded<Args extends unknown[]>(work: (...args: Args) => void): (...args: Args) => void {
  return (...args) => {
    try {
      apply(work as Callable, undefined, args as unknown[] as never[]);
    } catch {
      // Nothing of it concerns the application.
    }
  };
}

/** A hit: the value is whether the thread is to pause, which it is not when anything went wrong. */
export function guardedHit<Args extends unknown[]>(work: (...args: Args) => boolean): (...args: Args) => boolean {
  return (...args) => {
    try {
      return apply(work as Callable, undefined, args as unknown[] as never[]) === true;
    } catch {
      return false;
    }
  };
}
