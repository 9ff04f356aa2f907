import type { CaptureFrame, CaptureResult } from '../../../../protocol/result.ts';
import type { CapturedValue } from '../../../../protocol/value.ts';
import type { WireSnapshot } from '../../../../protocol/wire-probe.ts';
import { redactCapture } from '../../../../redaction/redact-capture.ts';
import type { Redactor } from '../../../../redaction/redactor.ts';
import type { Evaluated, RawCapture } from '../../channel/raw-values.ts';
import { isIdle, watchesOf } from '../compile/watches.ts';
import type { Naming } from '../sources/names/naming.ts';
import type { Scripts } from '../sources/scripts.ts';
import { fitCapture } from './fit-payload.ts';
import { MAX_FAILURE } from './form-message.ts';
import { hideFrames } from './hide-frames.ts';
import { selectVariables } from './select-variables.ts';
import { formAsyncFrames, formFrame, withPrivates } from './stack-frames.ts';

const MAX_FRAMES = 40;

/** @returns undefined when it cannot be cut to `payloadBytes`. */
export function formCapture(
  raw: RawCapture,
  watches: readonly Evaluated[],
  probe: WireSnapshot,
  payloadBytes: number,
  scripts: Scripts,
  naming: Naming,
  redactor: Redactor,
): CaptureResult | undefined {
  const formed = raw.frames.slice(0, MAX_FRAMES).map((frame) => formFrame(frame, scripts, naming));
  const shown = hideFrames(raw.frames, formed, probe, scripts, naming);
  const [first, ...others] = shown.frames;
  const { privates = [] } = raw;
  const top = first?.this && privates.length > 0 ? { ...first, this: withPrivates(first.this, privates) } : first;
  const frames: CaptureFrame[] = top === undefined ? [] : [top, ...others];
  const waiting = formAsyncFrames(raw, scripts, naming).slice(0, MAX_FRAMES - frames.length);
  const capture: CaptureResult = {
    frames: [...frames, ...waiting],
    watches: watchesOf(probe)
      .map((name, index) => ({ name, value: watched(watches[index], name, redactor) }))
      .filter(({ value }, index) => !isIdle(probe, index, value.type)),
    pauseMicroseconds: Math.round(raw.pauseMicroseconds),
    cut: [raw.cut, shown.said].filter((part) => part !== undefined).join('; ') || undefined,
  };
  return fitCapture(redactCapture(selectVariables(capture, probe.capture.only), redactor), payloadBytes);
}

function watched(evaluated: Evaluated | undefined, expression: string, redactor: Redactor): CapturedValue {
  if (evaluated === undefined) return { type: 'undefined', notCaptured: 'unavailable' };
  const { cuts } = evaluated;
  if ('value' in evaluated) return redactor.expression(expression, evaluated.value, cuts);
  return { type: 'error', text: redactor.failure(evaluated.failure, MAX_FAILURE, cuts), notCaptured: 'unavailable' };
}
