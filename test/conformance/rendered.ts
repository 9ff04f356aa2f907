import { renderValue } from '../../src/protocol/render/render-value.ts';
import type { CapturedValue } from '../../src/protocol/value.ts';
import type { SeenResult } from '../runtime/node/harness/seen-result.ts';
import type { Program } from './marked-probes.ts';

const MOST = 160;

/**
 * One result as lines of golden text. Columns are left out: maps of some tools are coarser.
 * @param closure names of variables of outer functions that are of interest: in a bundle all modules are one function.
 */
export function renderResult(
  { location, log, capture }: SeenResult,
  program: Program,
  closure: ReadonlySet<string>,
): string[] {
  if (capture === undefined) return [`at ${place(location)}: ${log?.message.replaceAll('\n', '\\n') ?? 'nothing'}`];
  // Frames below the program are those of what runs it.
  const end = capture.frames.findLastIndex((frame) => program.files.includes(sourceOf(frame.location)));
  const lines = capture.watches.map(({ name, value }) => `watch ${name} = ${shown(value)}`);
  for (const [index, frame] of capture.frames.slice(0, end + 1).entries()) {
    const file = sourceOf(frame.location);
    lines.push(
      `in ${frame.function || '(anonymous)'} at ${file.startsWith('node:') ? 'Node.js' : place(frame.location)}`,
    );
    if (!program.files.includes(file)) continue;
    if (frame.this !== undefined) lines.push(`  this = ${shown(frame.this)}`);
    for (const { name, value } of sorted(frame.locals)) lines.push(`  ${name} = ${shown(value)}`);
    if (index > 0) continue;
    for (const wanted of [...closure].sort()) {
      // The innermost is what code means by the name.
      const variable = frame.closure?.find(({ name }) => name === wanted);
      if (variable !== undefined) lines.push(`  closure ${wanted} = ${shown(variable.value)}`);
    }
  }
  return lines;
}

const shown = (value: CapturedValue): string => renderValue(value, MOST);

const sorted = <T extends { readonly name: string }>(variables: readonly T[] = []): T[] =>
  [...variables].sort((a, b) => (a.name < b.name ? -1 : 1));

/** Name of the file of a location, without its folders. */
function sourceOf(location: string): string {
  if (location.startsWith('node:')) return location;
  return (
    location
      .replace(/:\d+:\d+$/, '')
      .split('/')
      .at(-1) ?? ''
  );
}

const place = (location: string): string => `${sourceOf(location)}:${/:(\d+):\d+$/.exec(location)?.[1]}`;
