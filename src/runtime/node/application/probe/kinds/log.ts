import type { WireDynamicLog } from '../../../../../protocol/wire-probe.ts';
import { MARGIN } from '../../../../../redaction/raw-value.ts';
import { max } from '../../guard/intrinsics.ts';
import type { KindBehavior, Taken, ValueLimits } from './kind.ts';

/** Rough bytes that each value of a message may take in any case: a placeholder shows up to 1024 characters. */
const LEAST_BYTES = 1024;

/** A DynamicLog: its values are short, and it pauses only for expressions that need it. */
export class LogKind implements KindBehavior {
  readonly valueLimits: ValueLimits;
  readonly needsPause = false;
  readonly captureMilliseconds = 0;

  /** @param bytes of the payload that each value may take. */
  constructor(_probe: WireDynamicLog, bytes: number, taken: Taken) {
    this.valueLimits = {
      depth: 2,
      fields: 5,
      items: 5,
      stringLength: 255,
      margin: MARGIN,
      bytes: max(bytes, LEAST_BYTES),
      taken,
    };
  }

  capture(): undefined {}
}
