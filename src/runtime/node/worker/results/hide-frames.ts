import type { CaptureFrame } from '../../../../protocol/result.ts';
import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import type { RawFrame } from '../../channel/raw-values.ts';
import { placeIn } from '../places/known-place.ts';
import { judgePlace } from '../places/place-check.ts';
import type { Naming } from '../sources/names/naming.ts';
import type { Scripts } from '../sources/scripts.ts';

const MOST_SAID = 512;

/**
 * Takes the variables out of frames in which policies let nobody look: code that may be probed is called by code that may not, and a capture
 * goes up the stack. The frame of the probe itself was judged when it was placed.
 * @param formed the frames in the same order as `raw`.
 * @returns the frames, and what is said of those without variables; undefined where there are none.
 */
export function hideFrames(
  raw: readonly RawFrame[],
  formed: readonly CaptureFrame[],
  { places }: Pick<WireProbe, 'places'>,
  scripts: Scripts,
  naming: Naming,
): { readonly frames: CaptureFrame[]; readonly said: string | undefined } {
  if (places === undefined) return { frames: [...formed], said: undefined };
  const reasons = new Set<string>();
  const frames = formed.map((frame, index): CaptureFrame => {
    const source = raw[index];
    const { locals, closure, this: receiver } = frame;
    if (index === 0 || source === undefined || (locals ?? closure ?? receiver) === undefined) return frame;
    const denied = whyDenied(source, places, scripts, naming);
    if (denied === undefined) return frame;
    reasons.add(denied);
    return { function: frame.function, location: frame.location };
  });
  return {
    frames,
    said: reasons.size === 0 ? undefined : `frames without variables: ${[...reasons].join(' ')}`.slice(0, MOST_SAID),
  };
}

function whyDenied(
  frame: RawFrame,
  places: NonNullable<WireProbe['places']>,
  scripts: Scripts,
  naming: Naming,
): string | undefined {
  const script = scripts.get(frame.scriptId);
  // A script that is not known may be any.
  if (script === undefined)
    return judgePlace(places, { files: [], functions: undefined }).denied ?? 'its file is not known.';
  return judgePlace(places, placeIn(script, naming.get(frame.scriptId)?.analysis, frame)).denied;
}
