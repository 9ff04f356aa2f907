import type { TemplatePart } from '../../../../expression/template.ts';
import type { WireProbe, WireSnapshot } from '../../../../protocol/probe.ts';
import { renderMessageValue } from '../../../../protocol/render/render-message.ts';
import type { CaptureFrame, CaptureResult, LogResult, SnapshotResult } from '../../../../protocol/result.ts';
import type { CapturedValue } from '../../../../protocol/value.ts';
import { redactCapture } from '../../../../redaction/redact-capture.ts';
import type { Redactor } from '../../../../redaction/redactor.ts';
import type { Notice } from '../../channel/notices.ts';
import type { Evaluated, RawCapture } from '../../channel/raw-values.ts';
import { isIdle, watchesOf } from '../compile/watches.ts';
import type { Naming } from '../sources/names/naming.ts';
import type { Scripts } from '../sources/scripts.ts';
import { fitCapture } from './fit-payload.ts';
import { fitText } from './fit-value.ts';
import { redactorOf } from './redactor-of.ts';
import { selectVariables } from './select-variables.ts';
import { formAsyncFrames, formFrame, withPrivates } from './stack-frames.ts';

/** A result to which its process gives the next number when it goes out. */
export type UnnumberedResult = Omit<LogResult, 'sequence'> | Omit<SnapshotResult, 'sequence'>;

type Hit = Extract<Notice, { type: 'hit' }>;

/** Characters of one placeholder; the message as a whole is bounded by limits.payloadBytes. */
const MAX_PLACEHOLDER = 1024;
const MAX_FAILURE = 255;
const MAX_FRAMES = 40;

/** Makes the result of a hit, without its number; undefined when it cannot be cut to limits.payloadBytes. */
export function formResult(
  hit: Hit,
  probe: WireProbe,
  template: readonly TemplatePart[],
  scripts: Scripts,
  naming: Naming,
  instanceID: string,
): UnnumberedResult | undefined {
  const redactor = redactorOf(probe);
  const base = {
    uid: hit.uid,
    generation: hit.generation,
    instanceID,
    time: hit.time,
    location: redactor.text(scripts.show(hit.site.scriptId, hit.site)).slice(0, 600),
    traceID: hit.trace?.traceID,
    spanID: hit.trace?.spanID,
  };
  const { payloadBytes } = probe.limits;
  switch (probe.kind) {
    case 'DynamicLog': {
      const text = redactor.message(formMessage(template, hit.values, redactor));
      return { ...base, kind: probe.kind, log: { level: probe.level, message: fitText(text, payloadBytes) } };
    }
    case 'Snapshot': {
      if (hit.capture === undefined) return undefined;
      const capture = formCapture(hit.capture, hit.values, probe, payloadBytes, scripts, naming, redactor);
      return capture && { ...base, kind: probe.kind, capture };
    }
  }
}

export function formMessage(
  template: readonly TemplatePart[],
  values: readonly Evaluated[],
  redactor: Redactor,
): string[] {
  let next = 0;
  return template.map((part) => {
    if ('text' in part) return part.text;
    const value = values[next++];
    if (value === undefined) return '<not evaluated>';
    const { cuts } = value;
    if ('failure' in value) return `<${redactor.failure(value.failure, MAX_FAILURE, cuts)}>`;
    const plain = redactor.plainText(part.expression, value.value, cuts);
    return plain ?? renderMessageValue(redactor.expression(part.expression, value.value, cuts), MAX_PLACEHOLDER);
  });
}

function formCapture(
  raw: RawCapture,
  watches: readonly Evaluated[],
  probe: WireSnapshot,
  payloadBytes: number,
  scripts: Scripts,
  naming: Naming,
  redactor: Redactor,
): CaptureResult | undefined {
  const [first, ...others] = raw.frames.slice(0, MAX_FRAMES).map((frame) => formFrame(frame, scripts, naming));
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
    cut: raw.cut,
  };
  return fitCapture(redactCapture(selectVariables(capture, probe.capture.only), redactor), payloadBytes);
}

function watched(evaluated: Evaluated | undefined, expression: string, redactor: Redactor): CapturedValue {
  if (evaluated === undefined) return { type: 'undefined', notCaptured: 'unavailable' };
  const { cuts } = evaluated;
  if ('value' in evaluated) return redactor.expression(expression, evaluated.value, cuts);
  return { type: 'error', text: redactor.failure(evaluated.failure, MAX_FAILURE, cuts), notCaptured: 'unavailable' };
}
