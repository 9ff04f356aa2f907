import type { CapturedField, CapturedValue } from '../../../protocol/value.ts';
import type { CutTexts } from '../../../redaction/cut-secrets.ts';
import type { Position, Site } from './positions.ts';

export interface TraceContext {
  readonly traceID: string;
  readonly spanID: string;
}

/** The value of an expression, or the text of what it threw. */
export type Evaluated = ({ readonly value: CapturedValue } | { readonly failure: string }) & {
  /** Texts that the expression has cut pieces out of. */
  readonly cuts?: CutTexts | undefined;
};

export interface RawFrame extends Site {
  readonly functionName: string;
  readonly url: string;
  readonly this?: CapturedValue;
  readonly locals?: CapturedField[];
  readonly closure?: CapturedField[];
}

/** A function that awaits, of which V8 tells only name and position. */
export interface RawAsyncFrame extends Position {
  readonly functionName: string;
  /** URL or path of the script. */
  readonly url: string;
}

export interface RawCapture {
  readonly frames: RawFrame[];
  /** Private fields of the first frame's `this`, without the `#`. */
  readonly privates?: CapturedField[];
  /** The async functions that await the one that is running, innermost first. */
  readonly asyncFrames?: readonly RawAsyncFrame[];
  readonly pauseMicroseconds: number;
  readonly cut?: string;
}
