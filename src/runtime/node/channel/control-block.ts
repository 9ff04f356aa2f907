/**
 * Memory that the application's thread and the worker share, so that the worker can stop hits while the application's event loop
 * is blocked. The comment of each cell says who writes it; where both do, they change it atomically. The counters of each probe are
 * in a block of their own ({@link Counters} in counters.ts), which outlives this one.
 */

/** Cells of the control block (Int32). */
export const ACTIVE = 0; // both: 1 while hits may do anything at all; the worker clears it to stop all of them at once
export const OUTSTANDING = 1; // both: results posted to the worker that have not reached the socket
export const SEQUENCE = 2; // worker: number of the last result of this process
export const INTERRUPTING = 3; // worker: 1 while the worker has, or is about to have, an inspector session to the main thread
export const PAUSING = 4; // application: 1 while the main thread is paused, or is about to be
export const FLUSHED = 5; // worker: 1 when everything is written out, at the end of the process
export const EXITING = 6; // application: 1 when the process ends: Node.js would say that it waits for a session which is open then
export const HELD = 7; // both: whether the thread stands for its probes, see below
export const OUTSTANDING_BYTES = 8; // both: roughly what the results take that were posted to the worker and are not formed
const FIRST_FLAG = 16;

/** Values of HELD. The program runs, or may run again. */
export const RELEASED = 0;
/** The program stands until the worker has handled the scripts that it loaded. */
export const STANDS = 1;
/** The program may run, and need not stand again, since no probe waits for a file. */
export const NONE_WAITS = 2;

/** One flag per armed probe, written by the worker; a slot is its index. */
export const SLOTS = 256;

export function createControl(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * (FIRST_FLAG + SLOTS)));
}

export function setFlag(control: Int32Array, slot: number, on: boolean): void {
  Atomics.store(control, FIRST_FLAG + slot, on ? 1 : 0);
}

export function isOn(control: Int32Array, slot: number): boolean {
  return control[ACTIVE] === 1 && control[FIRST_FLAG + slot] === 1;
}
