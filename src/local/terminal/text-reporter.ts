import { stripVTControlCharacters } from 'node:util';
import { PROBE_KINDS, type ProbeKind } from '../../api/kinds.ts';
import { describeLocation } from '../../api/probe.ts';
import { REASONS } from '../../api/reasons.ts';
import type { LogLine } from '../../protocol/log-line.ts';
import type { SessionProbe } from '../session.ts';
import { type DisplayedState, displayedState } from './displayed-state.ts';
import { Origins } from './origins.ts';
import type { Paint } from './paint.ts';
import { Places } from './places.ts';
import { endOf } from './probe-end.ts';
import { snapshotLines } from './snapshot-lines.ts';
import { parsePlace, type SourceLines } from './source-lines.ts';

export interface TextReporterOptions {
  write(text: string): void;
  readonly paint: Paint;
  readonly sources: SourceLines;
  /** Current number of columns of the terminal. */
  columns(): number;
}

/** The code of a place is shown again after so many other lines, as it has scrolled away by then. */
const REMIND_AFTER_LINES = 30;
const MOST_PLACE = 40;
const KIND_WIDTH = Math.max(...PROBE_KINDS.map(({ length }) => length));

const MARKS = { armed: '●', waiting: '◌', failed: '✗', paused: '◐', ended: '○' } as const;

/** Readable output for a terminal: states of probes, their log lines with the code that they come from, and snapshots. */
export class TextReporter {
  readonly #options: TextReporterOptions;
  /** The state that was last printed for each probe, by uid. */
  readonly #said = new Map<string, string>();
  /** After how many written lines the code of each place was last shown. */
  readonly #shown = new Map<string, number>();
  readonly #places = new Places();
  readonly #origins = new Origins();
  #written = 0;
  #placeWidth = 0;
  #nameWidth = 0;

  constructor(options: TextReporterOptions) {
    this.#options = options;
  }

  /** Prints a message of Davylamp itself, set apart from results. */
  note(text: string): void {
    const { paint } = this.#options;
    this.#print([`${paint.dim('davylamp')}  ${text}`]);
  }

  /** Prints the state of each probe that has changed. */
  states(probes: readonly SessionProbe[]): void {
    this.#nameWidth = Math.max(0, ...probes.map(({ probe }) => probe.metadata.name.length));
    for (const { process, state } of probes.flatMap(({ processes }) => processes)) {
      this.#origins.meet(process);
      if (state.location !== undefined) this.#places.meet(state.location);
    }
    for (const probe of probes) {
      const state = displayedState(probe);
      if (state === undefined) continue;
      const said = `${state.mark} ${state.text}`;
      if (this.#said.get(probe.uid) === said) continue;
      this.#said.set(probe.uid, said);
      this.#print(this.#stateLines(probe, state));
    }
  }

  /** Prints what became of each probe. */
  ends(probes: readonly SessionProbe[]): void {
    const { paint } = this.#options;
    const lines = probes.map((probe) => {
      const { kind, metadata } = probe.probe;
      const name = paint.bold(metadata.name.padEnd(this.#nameWidth));
      return `${paint.dim(MARKS.ended)} ${name}  ${paint.dim(kind.padEnd(KIND_WIDTH))}  ${endOf(probe)}`;
    });
    if (lines.length > 0) this.#print(lines);
  }

  /** Prints one result, in the form of its kind. */
  result(line: LogLine): void {
    PRINT[line.kind](this, line);
  }

  log(line: LogLine): void {
    const { paint } = this.#options;
    this.#remind(line);
    const level = paint.level(line.level, line.level.toUpperCase().padEnd(5));
    const trace = line.traceID === undefined ? '' : paint.dim(`  trace ${line.traceID}`);
    const pod = line.pod === undefined ? '' : `${paint.name(line.pod)}  `;
    const from = this.#origins.describe(line);
    const origin = from === '' ? '' : `${paint.dim(from)}  `;
    this.#nameWidth = Math.max(this.#nameWidth, line.name.length);
    const name = paint.bold(line.name.padEnd(this.#nameWidth));
    const place = paint.place(this.#place(line.location));
    const lead = `${paint.dim(clock(line.time))}  ${level}  ${pod}${origin}${place}  ${name}  `;
    const indent = ' '.repeat(stripVTControlCharacters(lead).length);
    const [first = '', ...rest] = this.#wrap(line.message, this.#options.columns() - indent.length);
    this.#print([`${lead}${first}${rest.length === 0 ? trace : ''}`, ...rest.map((text) => `${indent}${text}`)]);
  }

  snapshot(line: LogLine): void {
    const { paint, sources } = this.#options;
    const { capture } = line;
    if (capture === undefined) return;
    const pause = capture.pauseMicroseconds / 1000;
    const facts = [
      ...(line.pod === undefined ? [] : [`pod ${line.pod}`]),
      line.threadID === undefined ? `pid ${line.pid}` : `pid ${line.pid} thread ${line.threadID}`,
      `the thread stood ${pause.toFixed(pause < 10 ? 2 : 0)} ms`,
    ];
    if (line.traceID !== undefined) facts.push(`trace ${line.traceID}`);
    const lead = `${paint.dim(clock(line.time))}  ${paint.snapshot('SNAPSHOT')}  ${paint.bold(line.name)}`;
    this.#print([
      '',
      `${lead}  ${paint.place(this.#places.short(line.location))}  ${paint.dim(facts.join(' · '))}`,
      ...snapshotLines(capture, sources, this.#options.columns(), paint),
      '',
    ]);
  }

  #stateLines(probe: SessionProbe, { mark, text, reason, location }: DisplayedState): string[] {
    const { paint, sources } = this.#options;
    const colour = { armed: paint.good, waiting: paint.warn, failed: paint.bad, paused: paint.warn, ended: paint.dim };
    const { kind, metadata, spec } = probe.probe;
    const bound = location === undefined ? undefined : parsePlace(location);
    const place = bound === undefined ? describeLocation(spec.location) : `${bound.file}:${bound.line}`;
    const name = paint.bold(metadata.name) + ' '.repeat(this.#nameWidth - metadata.name.length);
    const lines = [
      `${colour[mark](MARKS[mark])} ${name}  ${paint.dim(kind.padEnd(KIND_WIDTH))}  ${text}  ${paint.place(place)}`,
    ];
    if (mark === 'armed' && location !== undefined) {
      const code = sources.line(location);
      if (code !== undefined) lines.push(this.#code(location, code, '  '));
      this.#shown.set(location, this.#written);
    }
    if (mark === 'failed' && reason !== undefined) lines.push(`  ${paint.dim(REASONS[reason].do)}`);
    return lines;
  }

  /** Shows the code of a place again when it was shown long ago. */
  #remind({ location, name }: LogLine): void {
    const shown = this.#shown.get(location);
    if (shown !== undefined && this.#written - shown < REMIND_AFTER_LINES) return;
    const code = this.#options.sources.line(location);
    this.#shown.set(location, this.#written);
    if (code === undefined) return;
    const { paint } = this.#options;
    this.#print([`${this.#code(location, code, '  ')}  ${paint.dim(`← ${name}`)}`]);
  }

  #code(location: string, code: string, indent: string): string {
    const { paint, columns } = this.#options;
    const line = `${indent}${parsePlace(location)?.line ?? ''} │ `;
    const room = Math.max(20, columns() - line.length - 24);
    return paint.dim(line + (code.length > room ? `${code.slice(0, room - 1)}…` : code));
  }

  /** The place, padded so that messages start in one column. */
  #place(location: string): string {
    const place = this.#places.short(location);
    if (place.length <= MOST_PLACE) this.#placeWidth = Math.max(this.#placeWidth, place.length);
    return place.padEnd(this.#placeWidth);
  }

  /** Breaks the message between words into lines of at most this width; `<redacted>` gets its colour. */
  #wrap(message: string, width: number): string[] {
    const { paint } = this.#options;
    const lines = message.split(/\r?\n/).flatMap((line) => wrapWords(plainText(line), Math.max(24, width)));
    return lines.map((line) => line.replaceAll('<redacted>', paint.hidden('<redacted>')));
  }

  #print(lines: readonly string[]): void {
    this.#written += lines.length;
    this.#options.write(`${lines.join('\n')}\n`);
  }
}

/** The text without anything that moves the cursor or changes colours. */
const plainText = (text: string): string => stripVTControlCharacters(text).replace(/\p{Cc}/gu, '·');

function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const end = space > width / 2 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

const two = (value: number): string => String(value).padStart(2, '0');

/** The time of day in the local time zone, with milliseconds. */
function clock(time: string): string {
  const date = new Date(time);
  const milliseconds = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${milliseconds}`;
}

const PRINT: Readonly<Record<ProbeKind, (reporter: TextReporter, line: LogLine) => void>> = {
  DynamicLog: (reporter, line) => reporter.log(line),
  // A line of another version may have no capture; its summary is shown like a log line.
  Snapshot: (reporter, line) => (line.capture === undefined ? reporter.log(line) : reporter.snapshot(line)),
};
