import type { CaptureFrame, CaptureResult } from '../protocol/result.ts';
import type { Redactor } from './redactor.ts';

const LONGEST_FUNCTION = 256;
const LONGEST_LOCATION = 600;

/** A capture without its secrets. Watches have been redacted before, where they were formed from what was evaluated. */
export function redactCapture(capture: CaptureResult, redactor: Redactor): CaptureResult {
  return { ...capture, frames: capture.frames.map((frame) => redactFrame(frame, redactor)) };
}

function redactFrame(frame: CaptureFrame, redactor: Redactor): CaptureFrame {
  return {
    ...frame,
    function: redactor.text(frame.function).slice(0, LONGEST_FUNCTION),
    location: redactor.text(frame.location).slice(0, LONGEST_LOCATION),
    ...(frame.this && { this: redactor.value(frame.this, 'this') }),
    ...(frame.locals && { locals: redactor.fields(frame.locals) }),
    ...(frame.closure && { closure: redactor.fields(frame.closure) }),
  };
}
