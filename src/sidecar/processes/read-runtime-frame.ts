import * as z from 'zod/mini';
import { type ReadFrame, readFrame } from '../../protocol/framing/read-frame.ts';
import { MAX_PROBES, MAX_RESULTS } from '../../protocol/limits.ts';
import { resultSchema } from '../../protocol/result.ts';
import { type RuntimeFrame, runtimeFrameSchema } from '../../protocol/runtime-messages.ts';
import { probeStateSchema } from '../../protocol/state.ts';

/** A frame of a runtime without the results and states that do not parse; the others are kept. */
export interface RuntimeFrameRead {
  readonly frame: RuntimeFrame;
  /** The probe UID of each result that was left out. */
  readonly refused: readonly string[];
}

/** The two frames with lists, whose items are parsed one by one afterwards. */
const outlineSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('states'),
    revision: z.unknown(),
    probes: z.array(z.unknown()).check(z.maxLength(MAX_PROBES)),
  }),
  z.object({ type: z.literal('results'), results: z.array(z.unknown()).check(z.maxLength(MAX_RESULTS)) }),
]);
const uidSchema = z.object({ uid: z.string().check(z.minLength(1), z.maxLength(64)) });

export function readRuntimeFrame(text: string): RuntimeFrameRead | Extract<ReadFrame<never>, { problem: string }> {
  const read = readFrame(text, runtimeFrameSchema);
  if ('frame' in read) return { frame: read.frame, refused: [] };
  const outline = readFrame(text, outlineSchema);
  if ('problem' in outline) return read;
  const { frame } = outline;
  if (frame.type === 'states') {
    const probes = frame.probes.flatMap((state) => parsed(probeStateSchema, state) ?? []);
    const states = parsed(runtimeFrameSchema, { ...frame, probes });
    return states === undefined ? read : { frame: states, refused: [] };
  }
  const refused: string[] = [];
  const results = frame.results.flatMap((json) => {
    const result = parsed(resultSchema, json);
    if (result === undefined) refused.push(parsed(uidSchema, json)?.uid ?? '');
    return result ?? [];
  });
  return { frame: { type: 'results', results }, refused: refused.filter((uid) => uid !== '') };
}

/** @returns undefined where the schema refuses the JSON. Never throws, however deep the JSON nests. */
function parsed<T>(schema: z.ZodMiniType<T>, json: unknown): T | undefined {
  try {
    const outcome = schema.safeParse(json);
    return outcome.success ? outcome.data : undefined;
  } catch {
    return undefined;
  }
}
