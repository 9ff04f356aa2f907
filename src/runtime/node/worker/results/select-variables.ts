import type { CaptureFrame, CaptureResult } from '../../../../protocol/result.ts';

/** Characters of the list of names in a note. */
const MAX_NOTED = 256;

/** The capture with no other variables than those with these names, as they are in the source; a note says which were not found. */
export function selectVariables(capture: CaptureResult, only: readonly string[] | undefined): CaptureResult {
  if (only === undefined) return capture;
  const wanted = new Set(only);
  const found = new Set<string>();
  const kept = (fields: CaptureFrame['locals']): CaptureFrame['locals'] =>
    fields?.filter(({ name }) => {
      if (wanted.has(name)) found.add(name);
      return wanted.has(name);
    });
  const frames = capture.frames.map((frame) => {
    if (frame.this !== undefined && wanted.has('this')) found.add('this');
    const { this: self, locals, closure, ...rest } = frame;
    const outer = kept(closure);
    return {
      ...rest,
      ...(self !== undefined && wanted.has('this') && { this: self }),
      ...(locals !== undefined && { locals: kept(locals) }),
      ...(outer !== undefined && outer.length > 0 && { closure: outer }),
    };
  });
  const missing = only.filter((name) => !found.has(name)).join(', ');
  if (missing === '') return { ...capture, frames };
  const note = `capture.only: no frame with variables has ${missing.slice(0, MAX_NOTED)}`;
  return { ...capture, frames, cut: capture.cut === undefined ? note : `${capture.cut}; ${note}` };
}
