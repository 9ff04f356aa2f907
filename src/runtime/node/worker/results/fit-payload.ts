import { cutText } from '../../../../api/cut-text.ts';
import { MAX_CUT } from '../../../../protocol/limits.ts';
import type { CaptureFrame, CaptureResult } from '../../../../protocol/result.ts';
import type { CapturedField, CapturedValue } from '../../../../protocol/value.ts';
import { bytesOf, fitParts, fitValue } from './fit-value.ts';
import { withinBounds } from './payload-bounds.ts';

/**
 * Cuts a capture to limits.payloadBytes, counted as it is sent: bytes of the UTF-8 of its JSON, after redaction, which can make it
 * longer. Every value keeps its place and its type; the largest are cut, all down to the same size.
 */

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** @returns undefined when not even one frame without variables fits. */
export function fitCapture(whole: CaptureResult, bytes: number): CaptureResult | undefined {
  const capture = withinBounds(whole);
  if (bytesOf(capture) <= bytes) return capture;
  const reason = `as limits.payloadBytes is ${bytes}`;
  const places = placesIn(capture);
  const bare = bareOf(capture, `the largest values, ${reason}`);
  const left = bytes - bytesOf(bare);
  const kept = fitPlaces(places, left);
  if (left >= 0 && kept.length === places.length) return fill(bare, places, kept);
  // Not even the names of all values fit, so those of upper frames are kept first.
  const fewer = bareOf(capture, `frames and variables from the lowest up, ${reason}`);
  for (let count = fewer.frames.length; count > 0; count--) {
    const upper = { ...fewer, frames: fewer.frames.slice(0, count) };
    const room = bytes - bytesOf(upper);
    const there = places.filter(({ frame }) => frame < count);
    if (room >= 0) return fill(upper, there, fitPlaces(there, room));
  }
  return undefined;
}

const fitPlaces = (places: readonly Place[], room: number): CapturedValue[] =>
  fitParts(
    places.map(({ value }) => value),
    fitValue,
    room,
    places.map(({ around }) => around),
  );

interface Place {
  readonly name: string;
  readonly part: 'watches' | 'this' | 'locals' | 'closure';
  /** Index of the frame; -1 for a watch. */
  readonly frame: number;
  readonly value: CapturedValue;
  /** Bytes that the value needs beside itself: its name, and the punctuation of JSON. */
  readonly around: number;
}

/** Where the values of a capture are, the most wanted first. */
function placesIn({ watches, frames }: CaptureResult): Place[] {
  const field = ({ name, value }: CapturedField, part: Place['part'], frame: number): Place => ({
    name,
    part,
    frame,
    value,
    around: bytesOf({ name, value: 0 }),
  });
  const lists = frames.flatMap((frame, index) => [
    ...(frame.this === undefined
      ? []
      : [{ name: 'this', part: 'this', frame: index, value: frame.this, around: '"this":,'.length } as const]),
    ...(frame.locals ?? []).map((one) => field(one, 'locals', index)),
    ...(frame.closure ?? []).map((one) => field(one, 'closure', index)),
  ]);
  return [...watches.map((one) => field(one, 'watches', -1)), ...lists];
}

/** The capture without its values, with a note that says why. */
function bareOf(capture: CaptureResult, note: string): CaptureResult {
  return {
    ...capture,
    watches: [],
    frames: capture.frames.map(({ this: _, ...frame }) => ({
      ...frame,
      ...(frame.locals && { locals: [] }),
      ...(frame.closure && { closure: [] }),
    })),
    cut: cutText(capture.cut === undefined ? note : `${capture.cut}; ${note}`, MAX_CUT),
  };
}

function fill(bare: CaptureResult, places: readonly Place[], values: readonly CapturedValue[]): CaptureResult {
  const watches: CapturedField[] = [];
  const frames = bare.frames.map((frame) => ({
    ...frame,
    ...(frame.locals && { locals: [...frame.locals] }),
    ...(frame.closure && { closure: [...frame.closure] }),
  }));
  for (const [index, { name, part, frame }] of places.entries()) {
    const value = values[index];
    const into: Mutable<CaptureFrame> | undefined = frames[frame];
    if (value === undefined) continue;
    if (part === 'watches') watches.push({ name, value });
    else if (into !== undefined && part === 'this') into.this = value;
    else if (into !== undefined && part !== 'this') (into[part] as CapturedField[] | undefined)?.push({ name, value });
  }
  return { ...bare, watches, frames };
}
