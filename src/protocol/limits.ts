/**
 * Bounds of both wires, in plain numbers: what runs inside the application, or must stay small, shares them without a schema
 * library. Bytes are of UTF-8.
 */

/** A larger frame ends the connection; the sender makes sure that no frame is. */
export const MAX_FRAME_BYTES = 4 * 1024 * 1024;
/** Bytes of results that go into one frame together, unless a single one is larger. */
export const FRAME_BYTES = 1024 * 1024;
/** One result: the largest limits.payloadBytes, and as much again for its other members. */
export const MAX_RESULT_BYTES = 2 * 1024 * 1024;
/** What the probes of one frame may take; the rest of the frame, grants above all, needs well under the difference. */
export const MAX_PROBES_BYTES = MAX_FRAME_BYTES - 64 * 1024;

/** Results of one frame. */
export const MAX_RESULTS = 256;
/** Probes that one pod may have at a time, and so the most that a frame holds. */
export const MAX_PROBES = 200;
/** Processes of one pod. */
export const MAX_PROCESSES = 64;

/** UTF-16 units of the texts of a result. */
export const MAX_TEXT = 65_536;
export const MAX_NAME = 512;
export const MAX_CLASS_NAME = 256;
export const MAX_FUNCTION = 256;
export const MAX_LOCATION = 600;
export const MAX_CUT = 1024;
/** Parts of a captured value, and variables of a frame. */
export const MAX_FIELDS = 1000;
export const MAX_ITEMS = 2000;
export const MAX_VARIABLES = 500;
/** Frames and watches of a capture. */
export const MAX_FRAMES = 40;
export const MAX_WATCHES = 16;
/** UTF-16 units of the message in a state. */
export const MAX_MESSAGE = 1024;

/** How many items, from the first one on, fit into `mostBytes`; at most `most`. @param bytes of each item, in order. */
export function fitting(bytes: Iterable<number>, most: number, mostBytes: number): number {
  let count = 0;
  let sum = 0;
  for (const each of bytes) {
    sum += each;
    if (count === most || sum > mostBytes) break;
    count += 1;
  }
  return count;
}
