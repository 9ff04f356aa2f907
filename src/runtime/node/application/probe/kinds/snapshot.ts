import type { WireSnapshot } from '../../../../../protocol/wire-probe.ts';
import { MARGIN } from '../../../../../redaction/raw-value.ts';
import { asyncFrames } from '../../capture/async-frames.ts';
import { capturePrivates } from '../../capture/private-fields.ts';
import { takeSnapshot } from '../../capture/snapshot.ts';
import type { Pause } from '../../debugger/pause.ts';
import type { Captured, CaptureSubject, KindBehavior, Taken, ValueLimits } from './kind.ts';

/** Milliseconds of a pause that the condition has to leave to the variables. */
const MILLISECONDS_FOR_FRAMES = 2;
/** Milliseconds of a pause that the variables have to leave to the watches, whose first checked calls take longer than later ones. */
const MILLISECONDS_FOR_WATCHES = 4;

/** A Snapshot: frames with their variables, and watches. */
export class SnapshotKind implements KindBehavior {
  readonly valueLimits: ValueLimits;
  readonly needsPause = true;
  readonly captureMilliseconds = MILLISECONDS_FOR_FRAMES;
  readonly #probe: WireSnapshot;
  readonly #taken: Taken;

  /** @param bytes of the payload that each value may take. */
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
