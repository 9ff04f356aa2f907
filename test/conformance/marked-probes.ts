import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WireProbe } from '../../src/protocol/wire-probe.ts';
import { dynamicLog, snapshot } from '../runtime/node/harness/probe.ts';

export const PROGRAMS = fileURLToPath(new URL('./programs/', import.meta.url));

/** A probe that a comment in a program asks for. */
export interface MarkedProbe {
  /** As it stands in the golden text: `12 log total {total}`. */
  readonly title: string;
  readonly wire: WireProbe;
}

export interface Program {
  readonly name: string;
  /** Its sources below the folder of programs, its own first. */
  readonly files: readonly string[];
  readonly goldenPath: string;
  readonly probes: readonly MarkedProbe[];
}

/**
 * What a program is marked with, behind a line or, for a function, anywhere:
 *
 *     // @log [when CONDITION:] MESSAGE
 *     // @snapshot [when CONDITION] [watch EXPRESSION, …]
 *     // @log in FILE:LINE: MESSAGE
 *     // @entry FUNCTION [in FILE]: MESSAGE
 *     // @exit FUNCTION [in FILE]: MESSAGE
 */
const MARK = /\/\/ @(?<kind>log|snapshot|entry|exit)(?: (?<rest>.*?))?\s*$/;

/** What is in the scope of a bundle is large. */
const limits = {
  payloadBytes: 1_000_000,
  hitsPerSecond: 1000,
  cpuMillisecondsPerSecond: 1000,
  maxStallMilliseconds: 5000,
};

/** Every program of the folder: a file with a function run(), and its parts, whose names begin as its own does. */
export function readPrograms(): Program[] {
  const files = readdirSync(PROGRAMS).filter((file) => /^[^.]+\.[mc]?[jt]s$/.test(file));
  return files
    .filter((file) => !file.includes('-part.'))
    .map((file) => {
      const name = file.replace(/\.\w+$/, '');
      const parts = files.filter((one) => one.startsWith(`${name}-part.`));
      const probes = [file, ...parts].flatMap(probesIn);
      return { name, files: [file, ...parts], goldenPath: join(PROGRAMS, `${name}.golden.txt`), probes };
    });
}

function probesIn(file: string, index: number): MarkedProbe[] {
  return readFileSync(join(PROGRAMS, file), 'utf8')
    .split(/\r\n|[\n\r]/)
    .flatMap((text, line) => probeOf(text, `programs/${file}`, line + 1))
    .map(({ title, wire }) => ({ title: index === 0 ? title : `part ${title}`, wire }));
}

function probeOf(text: string, file: string, line: number): MarkedProbe[] {
  const { kind, rest = '' } = MARK.exec(text)?.groups ?? {};
  if (kind === undefined) return [];
  if (kind === 'entry' || kind === 'exit') {
    const [, name = '', other, message = ''] = /^(\S+?)(?: in (\S+))?: (.*)$/.exec(rest) ?? [];
    const location = {
      file: other === undefined ? file : `programs/${other}`,
      function: name,
      at: kind === 'entry' ? ('Entry' as const) : ('Exit' as const),
    };
    return [{ title: `${kind} ${rest}`, wire: dynamicLog(location, message, { limits }) }];
  }
  const elsewhere = /^in (\S+):(\d+): (.*)$/.exec(rest);
  if (elsewhere !== null) {
    const [, other, at, message = ''] = elsewhere;
    const location = { file: `programs/${other}`, line: Number(at) };
    return [{ title: `log ${rest}`, wire: dynamicLog(location, message, { limits }) }];
  }
  const title = `${line} ${kind} ${rest}`.trim();
  if (kind === 'log') {
    const [, condition, message = rest] = /^when (.*?): (.*)$/.exec(rest) ?? [];
    return [{ title, wire: dynamicLog({ file, line }, message, { condition, limits }) }];
  }
  const [, condition, watches] = /^(?:when (.*?))?(?: ?watch (.*))?$/.exec(rest) ?? [];
  const watch = watches?.split(', ') ?? [];
  return [{ title, wire: snapshot({ file, line }, { condition: condition || undefined, watch, limits }) }];
}
