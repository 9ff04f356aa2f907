import type { CaptureFrame, CaptureResult } from '../../protocol/result.ts';
import type { Paint } from './paint.ts';
import { parsePlace, type SourceLines } from './source-lines.ts';
import { fieldLines, shortFieldLines } from './value-lines.ts';

/** Variables that a frame below the top one shows; the JSON output has all of them. */
const MOST_LOCALS_BELOW = 6;

/** A capture as a stack: watches first, then every frame with its code and its variables, the frames of Node.js folded. */
export function snapshotLines(capture: CaptureResult, sources: SourceLines, width: number, paint: Paint): string[] {
  const lines: string[] = [];
  const rail = paint.dim('│');
  const block = (title: string, body: readonly string[]): void => {
    lines.push(`${paint.dim('├─')} ${title}`, ...body.map((line) => (line === '' ? rail : `${rail}    ${line}`)));
    if (body.length > 0) lines.push(rail);
  };
  const inner = Math.max(40, width - 5);
  if (capture.watches.length > 0) block(paint.bold('watches'), fieldLines(capture.watches, inner, paint));
  let folded = 0;
  const unfold = (): void => {
    if (folded > 0) block(paint.dim(`${folded} frame${folded === 1 ? '' : 's'} inside Node.js`), []);
    folded = 0;
  };
  for (const [index, frame] of capture.frames.entries()) {
    if (index > 0 && frame.location.startsWith('node:')) {
      folded += 1;
      continue;
    }
    unfold();
    const title = `${paint.bold(frame.function || '(anonymous)')}  ${paint.place(frame.location)}`;
    block(title, frameBody(frame, index === 0, sources, inner, paint));
  }
  unfold();
  if (capture.cut !== undefined) block(paint.warn(`cut: ${capture.cut}`), []);
  return closeRail(lines, paint);
}

function frameBody(frame: CaptureFrame, top: boolean, sources: SourceLines, width: number, paint: Paint): string[] {
  const at = parsePlace(frame.location)?.line;
  const code = sources.around(frame.location, top ? 2 : 0, top ? 1 : 0);
  const digits = String(code.at(-1)?.line ?? '').length;
  const margin = Math.min(...code.map(({ text }) => (text.trim() === '' ? 999 : text.search(/\S/))));
  const body = code.map(({ line, text }) => {
    const number = String(line).padStart(digits);
    const shown = text.slice(margin, margin + width - digits - 5);
    return line === at ? `${paint.bad('▶')} ${paint.bold(`${number}  ${shown}`)}` : paint.dim(`  ${number}  ${shown}`);
  });
  const variables = [
    ...(frame.this === undefined ? [] : [{ name: 'this', value: frame.this }]),
    ...(frame.locals ?? []),
    ...(frame.closure ?? []),
  ];
  const shown = top ? variables : variables.slice(0, MOST_LOCALS_BELOW);
  if (code.length > 0 && shown.length > 0 && top) body.push('');
  body.push(...(top ? fieldLines : shortFieldLines)(shown, width, paint));
  const left = variables.length - shown.length;
  if (left > 0) body.push(paint.dim(`… ${left} more variables`));
  return body;
}

/** Ends the vertical line beside the frames at the last one. */
function closeRail(lines: readonly string[], paint: Paint): string[] {
  const open = paint.dim('├─');
  const last = lines.findLastIndex((line) => line.startsWith(open));
  const end = lines.at(-1) === paint.dim('│') ? -1 : undefined;
  return lines.slice(0, end).map((line, index) => {
    if (index === last) return paint.dim('╰─') + line.slice(open.length);
    return index > last ? ` ${line.slice(paint.dim('│').length)}` : line;
  });
}
