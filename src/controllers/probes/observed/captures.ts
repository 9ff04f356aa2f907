import { cutText } from '../../../api/cut-text.ts';
import type { EffectiveSnapshot } from '../../../api/effective-probe.ts';
import type { SnapshotStatus, StatusCapture } from '../../../api/snapshot.ts';
import { MAX_CAPTURES } from '../../../api/status.ts';
import { renderValue } from '../../../protocol/render/render-value.ts';
import type { CaptureFrame, Result } from '../../../protocol/result.ts';
import type { CapturedField, CapturedValue } from '../../../protocol/value.ts';
import type { Findings, IsInForce, ResultSource } from './findings.ts';
import { pruneCapture } from './prune-capture.ts';

/** Bytes of JSON that all captures of one status may take together; the rest of status fits into what is left of 256 KiB. */
const MAX_CAPTURES_BYTES = 200 * 1024;
const MAX_VALUE = 4096;
const MAX_VARIABLES = 100;

/** A capture, and the rules of redaction under which it was taken. */
interface Kept {
  readonly capture: StatusCapture;
  readonly redactionHash: string | undefined;
}

/** The first captures of a Snapshot, oldest first, as text. */
export class Captures implements Findings {
  #kept: Kept[];
  /** Captures that an earlier operator wrote and no agent has repeated: agents repeat those that it had not acknowledged. */
  #notRepeated: readonly StatusCapture[];
  readonly #limit: number;
  #taken: number;
  readonly #bytesEach: number;

  constructor(spec: EffectiveSnapshot['spec'], status: SnapshotStatus | undefined) {
    this.#notRepeated = status?.captures ?? [];
    this.#kept = this.#notRepeated.map((capture) => ({ capture, redactionHash: status?.redactionHash }));
    this.#limit = spec.maxCaptures;
    this.#taken = status?.captureCount ?? 0;
    this.#bytesEach = Math.floor(MAX_CAPTURES_BYTES / Math.min(this.#limit, MAX_CAPTURES));
  }

  add(result: Result, source: ResultSource): void {
    if (result.kind !== 'Snapshot') return;
    const time = new Date(result.time).toISOString();
    const { podName, processID } = source;
    // Agents describe no process that has ended since.
    const repeated = this.#notRepeated.find(
      (one) => one.time === time && one.podName === podName && (one.processID === processID || processID === undefined),
    );
    if (repeated !== undefined) {
      // Each only once: threads of one process can take captures in the same millisecond.
      this.#notRepeated = this.#notRepeated.filter((one) => one !== repeated);
      return;
    }
    this.#taken++;
    if (this.#kept.length >= Math.min(this.#limit, MAX_CAPTURES)) return;
    const { frames, watches, cut } = result.capture;
    const capture: StatusCapture = {
      time,
      podName,
      containerName: source.containerName,
      processID,
      traceID: result.traceID,
      spanID: result.spanID,
      frames: frames.map(toFrame),
      watches: watches.length === 0 ? undefined : watches.map(({ name, value }) => ({ name, value: toText(value) })),
      cut,
    };
    this.#kept.push({ capture: pruneCapture(capture, this.#bytesEach), redactionHash: result.redactionHash });
    this.#kept.sort((a, b) => Date.parse(a.capture.time) - Date.parse(b.capture.time));
  }

  keepOnly(isInForce: IsInForce): void {
    this.#kept = this.#kept.filter(({ capture, redactionHash }) => isInForce(capture.podName, redactionHash));
  }

  toStatus(hits: number): Pick<SnapshotStatus, 'captureCount' | 'captures'> {
    return {
      // Hits can be ahead of captures, which arrive later. Captures can be ahead of hits: one that is not kept counts again if an earlier
      // operator has written that it arrived, and its agent, cut off before it heard so, repeats it to this one.
      captureCount: Math.min(this.#taken, hits, this.#limit),
      ...(this.#kept.length === 0 ? {} : { captures: this.#kept.map(({ capture }) => capture) }),
    };
  }
}

function toFrame(frame: CaptureFrame): StatusCapture['frames'][number] {
  return {
    function: frame.function,
    location: frame.location,
    this: frame.this && toText(frame.this),
    locals: toVariables(frame.locals),
    closure: toVariables(frame.closure),
  };
}

function toVariables(variables: readonly CapturedField[] | undefined): { name: string; value: string }[] | undefined {
  if (variables === undefined || variables.length === 0) return undefined;
  return variables
    .slice(0, MAX_VARIABLES)
    .map(({ name, value }) => ({ name: cutText(name, 256), value: toText(value) }));
}

function toText(value: CapturedValue): string {
  return renderValue(value, MAX_VALUE).slice(0, MAX_VALUE);
}
