import type { TemplatePart } from '../../../expression/template.ts';
import type { WireProbe } from '../../../protocol/probe.ts';
import { renderMessageValue } from '../../../protocol/render-message.ts';
import type { CaptureFrame, CaptureResult, Result } from '../../../protocol/result.ts';
import type { CapturedValue } from '../../../protocol/value.ts';
import type { Naming } from '../location/naming.ts';
import type { Scripts } from '../location/scripts.ts';
import type { Evaluated, Notice, RawCapture } from '../messages.ts';
import { formFrame, withPrivates } from './frames.ts';

type Hit = Extract<Notice, { type: 'hit' }>;

/** Characters of one placeholder; the message as a whole is bounded by limits.payloadBytes. */
const MAX_PLACEHOLDER = 1024;
const MAX_FRAMES = 40;

/** Makes the result of a hit, without its number. */
export function formResult(
  hit: Hit,
  probe: WireProbe,
  template: readonly TemplatePart[],
  scripts: Scripts,
  naming: Naming,
  instanceID: string,
): Omit<Result, 'sequence'> {
  const base = {
    uid: hit.uid,
    generation: hit.generation,
    instanceID,
    time: hit.time,
    location: scripts.show(hit.site.scriptId, hit.site).slice(0, 600),
    traceID: hit.trace?.traceID,
    spanID: hit.trace?.spanID,
  };
  if (probe.kind === 'DynamicLog') {
    const message = cut(formMessage(template, hit.values), Math.min(probe.limits.payloadBytes, 65_536));
    return { ...base, log: { level: probe.level, message } };
  }
  if (hit.capture === undefined) return base;
  return {
    ...base,
    capture: formCapture(hit.capture, hit.values, probe.watch, probe.limits.payloadBytes, scripts, naming),
  };
}

function formMessage(template: readonly TemplatePart[], values: readonly Evaluated[]): string {
  let next = 0;
  return template
    .map((part) => {
      if ('text' in part) return part.text;
      const value = values[next++];
      if (value === undefined) return '<not evaluated>';
      return 'failure' in value ? `<${value.failure}>` : renderMessageValue(value.value, MAX_PLACEHOLDER);
    })
    .join('');
}

function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

function formCapture(
  raw: RawCapture,
  watches: readonly Evaluated[],
  expressions: readonly string[],
  payloadBytes: number,
  scripts: Scripts,
  naming: Naming,
): CaptureResult {
  const [first, ...others] = raw.frames.slice(0, MAX_FRAMES).map((frame) => formFrame(frame, scripts, naming));
  const { privates = [] } = raw;
  const top = first?.this && privates.length > 0 ? { ...first, this: withPrivates(first.this, privates) } : first;
  const frames: CaptureFrame[] = top === undefined ? [] : [top, ...others];
  const capture: CaptureResult = {
    frames,
    watches: expressions.map((name, index) => ({ name, value: watched(watches[index]) })),
    pauseMicroseconds: Math.round(raw.pauseMicroseconds),
    cut: raw.cut,
  };
  return prune(capture, payloadBytes);
}

function watched(evaluated: Evaluated | undefined): CapturedValue {
  if (evaluated === undefined) return { type: 'undefined', notCaptured: 'unavailable' };
  if ('value' in evaluated) return evaluated.value;
  return { type: 'error', text: evaluated.failure, notCaptured: 'unavailable' };
}

/** Leaves out variables, from the lowest frame up, until the capture fits. */
function prune(capture: CaptureResult, payloadBytes: number): CaptureResult {
  const parts = ['closure', 'locals', 'this'] as const;
  let frames = capture.frames;
  let left: string | undefined;
  for (const part of parts) {
    for (let index = frames.length - 1; index >= 0; index--) {
      const pruned = { ...capture, frames };
      if (JSON.stringify(pruned).length <= payloadBytes) return { ...pruned, cut: left ?? capture.cut };
      frames = frames.map((frame, at) => (at === index ? { ...frame, [part]: undefined } : frame));
      left = `${part} of lower frames: limits.payloadBytes is ${payloadBytes}`;
    }
  }
  return { ...capture, frames, cut: left };
}
