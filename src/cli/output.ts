import { InvalidArgumentError, Option } from 'commander';
import { isNamespaceName } from '../local/manifests/given-namespace.ts';
import { createPaint, type Paint, wantsColour } from '../local/terminal/paint.ts';
import { SourceLines } from '../local/terminal/source-lines.ts';
import { TextReporter } from '../local/terminal/text-reporter.ts';

export type OutputFormat = 'text' | 'json';

const DEFAULT_COLUMNS = 120;

/** `-o text|json`, which every command has. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'output for people or for programs')
    .choices(['text', 'json'])
    .default('text');
}

export function terminalPaint(): Paint {
  return createPaint(wantsColour(process.stdout.isTTY === true, process.env));
}

/** A reporter that writes text to this terminal. @param directories where the source files of results may be. */
export function terminalReporter(directories: readonly string[]): TextReporter {
  const reporter: TextReporter = new TextReporter({
    write: (text) => process.stdout.write(text),
    paint: terminalPaint(),
    sources: new SourceLines(directories, (text) => reporter.note(text)),
    columns: () => process.stdout.columns || DEFAULT_COLUMNS,
  });
  return reporter;
}

/** Parses the value of an option that takes the name of a namespace. */
export function namespaceName(value: string): string {
  if (!isNamespaceName(value)) throw new InvalidArgumentError('It must be lower case letters, digits and -.');
  return value;
}

/** Parses the value of an option that takes a whole number of at least 1. */
export function positiveInteger(value: string): number {
  if (!/^[1-9]\d{0,9}$/.test(value)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(value);
}
