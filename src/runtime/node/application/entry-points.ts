import events from 'node:events';
import timers from 'node:timers';
import { MessagePort } from 'node:worker_threads';
import { apply, type Callable } from './guard/intrinsics.ts';

/**
 * Every way by which the runtime is called on the application's thread: timers, message ports, events of the process, notifications
 * of the debugger, hits. What is called never throws into the application. The functions of Node.js that are used are those of the
 * time when this file was loaded, whatever the application has replaced since.
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

/** Does the work once after the milliseconds; the timer never keeps the process alive. */
export function after(milliseconds: number, work: () => void): Timer {
  const timer = setTimeout(guarded(work), milliseconds);
  apply(unref, timer, []);
  return timer;
}

/** Does the work every so many milliseconds; the timer never keeps the process alive. */
export function every(milliseconds: number, work: () => void): Timer {
  const timer = setInterval(guarded(work), milliseconds);
  apply(unref, timer, []);
  return timer;
}

/** Does the work in a later turn of the event loop, when the code that runs now has ended. */
export function soon(work: () => void): void {
  apply(unrefImmediate, setImmediate(guarded(work)), []);
}

export function cancel(timer: Timer | undefined): void {
  clearTimeout(timer);
  clearInterval(timer);
}

/** Does the work for each message that arrives at a port; listening does not keep the process alive. */
export function onMessage<T>(port: MessagePort, work: (message: T) => void): void {
  apply(onPort, port, ['message', guarded(work)] as never[]);
  apply(unrefPort, port, []);
}

/** Listens to an event of an emitter of the runtime. */
export function onEvent(emitter: object, event: string, work: (...args: never[]) => void): void {
  apply(onEmitter, emitter, [event, guarded(work)] as never[]);
}

/** Does the work when the process ends. @returns a function that removes the listener. */
export function atExit(work: () => void): () => void {
  // One listener too many would make Node.js warn on the application's standard error.
  const most = apply(getMaxListeners, ownProcess, []) as number;
  if ((apply(listenerCount, ownProcess, ['exit'] as never[]) as number) >= most - 1) return () => {};
  const listener = guarded(work);
  apply(on, ownProcess, ['exit', listener] as never[]);
  return () => void apply(removeListener, ownProcess, ['exit', listener] as never[]);
}

/** Wraps a function that is called from outside, so that what it throws does not reach the application. */
export function guarded<Args extends unknown[]>(work: (...args: Args) => void): (...args: Args) => void {
  return (...args) => {
    try {
      apply(work as Callable, undefined, args as unknown[] as never[]);
    } catch {
      // Errors of the runtime must not reach the application.
    }
  };
}

/** Wraps the function of a hit, which returns whether the thread is to pause; false when it throws. */
export function guardedHit<Args extends unknown[]>(work: (...args: Args) => boolean): (...args: Args) => boolean {
  return (...args) => {
    try {
      return apply(work as Callable, undefined, args as unknown[] as never[]) === true;
    } catch {
      return false;
    }
  };
}
