import type { WireSnapshot } from '../../../../../protocol/wire-probe.ts';
import { MARGIN } from '../../../../../redaction/raw-value.ts';
import { asyncFrames } from '../../capture/async-frames.ts';
import { capturePrivates } from '../../capture/private-fields.ts';
import { takeSnapshot } from '../../capture/snapshot.ts';
import type { Pause } from '../../debugger/pause.ts';
import type { Captured, CaptureSubject, ProbeKind, Taken, ValueLimits } from './kind.ts';

/** What the condition leaves to the variables of a snapshot. */
const MILLISECONDS_FOR_FRAMES = 2;
/** What the variables leave to the watches: a function that V8 has not checked before takes longer at first. */
const MILLISECONDS_FOR_WATCHES = 4;

/** Frames with their variables, and watches. */
export class SnapshotKind implements ProbeKind {
  readonly valueLimits: ValueLimits;
  readonly needsPause = true;
  readonly captureMilliseconds = MILLISECONDS_FOR_FRAMES;
  readonly #probe: WireSnapshot;
  readonly #taken: Taken;

  /** @param bytes that each value may take of the payload. */
  constructor(probe: WireSnapshot, bytes: number, taken: Taken) {
    this.valueLimits = { ...probe.capture, margin: MARGIN, bytes, taken };
    this.#probe = probe;
    this.#taken = taken;
  }

  capture(pause: Pause, { guard, variables, reader, privates, expressions }: CaptureSubject): Captured {
    return pause.leaving(expressions === 0 ? 0 : MILLISECONDS_FOR_WATCHES, () => {
      const { taken, isEmpty } = takeSnapshot(pause, this.#probe, variables, this.#taken);
      const limits = { ...this.valueLimits, deadline: pause.until };
      return {
        capture: {
          ...taken,
          privates: reader && capturePrivates(reader, guard, privates, limits),
          asyncFrames: asyncFrames(),
        },
        isEmpty,
      };
    });
  }
}
