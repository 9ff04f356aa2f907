import { cutText } from '../../../api/cut-text.ts';
import type { StatusCapture } from '../../../api/snapshot.ts';

/** UTF-16 units of a value that is not cut further. */
const SHORT = 64;
const MAX_NOTE = 1024;

type Variable = { name: string; value: string };

/**
 * Cuts a capture until its JSON has at most `maxBytes`: first the texts of the largest and deepest values, then the variables of
 * whole frames from the bottom of the stack upwards. The stack itself always stays. `cut` of the result says what was left out.
 */
export function pruneCapture(capture: StatusCapture, maxBytes: number): StatusCapture {
  if (sizeOf(capture) <= maxBytes) return capture;
  const pruned = structuredClone(capture);
  const shortened = shortenValues(pruned, maxBytes);
  let emptied = 0;
  for (let index = pruned.frames.length - 1; index >= 0 && sizeOf(pruned) > maxBytes; index -= 1) {
    const frame = pruned.frames[index];
    if (frame === undefined || (frame.locals === undefined && frame.closure === undefined)) continue;
    pruned.frames[index] = { function: frame.function, location: frame.location };
    emptied += 1;
  }
  const notes = [
    shortened > 0 ? `${shortened} values are shortened` : '',
    emptied > 0 ? `the variables of ${emptied} frames are left out` : '',
  ].filter((note) => note !== '');
  pruned.cut = [capture.cut ?? '', `To fit into status, ${notes.join(', and ')}; the log of the agent has the whole.`]
    .filter((note) => note !== '')
    .join(' ')
    .slice(0, MAX_NOTE);
  return pruned;
}

/** Halves the value with the largest product of length and depth in the stack, until the capture fits or only short values are left. */
function shortenValues(capture: StatusCapture, maxBytes: number): number {
  const variables: { variable: Variable; depth: number }[] = [];
  for (const [index, frame] of capture.frames.entries()) {
    const own = [...(frame.locals ?? []), ...(frame.closure ?? [])];
    for (const variable of own) variables.push({ variable, depth: index + 1 });
  }
  for (const variable of capture.watches ?? []) variables.push({ variable, depth: 1 });
  const shortened = new Set<Variable>();
  let excess = sizeOf(capture) - maxBytes;
  while (excess > 0) {
    const heaviest = variables
      .filter(({ variable }) => variable.value.length > SHORT)
      .reduce<{ variable: Variable; weight: number } | undefined>((most, { variable, depth }) => {
        const weight = variable.value.length * depth;
        return most === undefined || weight > most.weight ? { variable, weight } : most;
      }, undefined);
    if (heaviest === undefined) break;
    const { variable } = heaviest;
    const before = sizeOf(variable.value);
    variable.value = cutText(variable.value, Math.max(SHORT, Math.floor(variable.value.length / 2)));
    shortened.add(variable);
    excess -= before - sizeOf(variable.value);
  }
  return shortened.size;
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
