import type * as z from 'zod/mini';

/** The frame in a text that came over a wire, or what is wrong with the text. Never throws, however deep the text nests. */
export type ReadFrame<T> = { readonly frame: T } | { readonly problem: string };

export function readFrame<T>(text: string, schema: Pick<z.ZodMiniType<T>, 'safeParse'>): ReadFrame<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: 'a frame is not JSON' };
  }
  try {
    const parsed = schema.safeParse(json);
    if (parsed.success) return { frame: parsed.data };
    const [issue] = parsed.error.issues;
    return { problem: `a frame does not parse: ${issue?.path.join('.')}: ${issue?.message}` };
  } catch {
    // The schema does not bound how deep values nest, so that the parser may run out of stack.
    return { problem: 'a frame does not parse: it nests too deep' };
  }
}
