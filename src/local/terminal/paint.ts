import { styleText } from 'node:util';
import type { LogLine } from '../../protocol/log-line.ts';

type Format = Parameters<typeof styleText>[0];

/** Colours of the terminal output, by what they mean. Without colours each returns the text unchanged. */
export interface Paint {
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly place: (text: string) => string;
  readonly name: (text: string) => string;
  readonly string: (text: string) => string;
  readonly number: (text: string) => string;
  readonly hidden: (text: string) => string;
  readonly level: (level: LogLine['level'], text: string) => string;
  readonly snapshot: (text: string) => string;
}

export function createPaint(colour: boolean): Paint {
  const as =
    (format: Format) =>
    (text: string): string =>
      colour && text !== '' ? styleText(format, text, { validateStream: false }) : text;
  const levels = { Debug: as('gray'), Info: as('green'), Warn: as(['bold', 'yellow']), Error: as(['bold', 'red']) };
  return {
    dim: as('dim'),
    bold: as('bold'),
    good: as('green'),
    bad: as(['bold', 'red']),
    warn: as('yellow'),
    place: as('cyan'),
    name: as('blueBright'),
    string: as('green'),
    number: as('yellow'),
    hidden: as(['red', 'dim']),
    level: (level, text) => levels[level](text),
    snapshot: as(['bold', 'magenta']),
  };
}

/** Whether to use colours: on a terminal, with neither NO_COLOR nor TERM=dumb. FORCE_COLOR comes first, as in other programs. */
export function wantsColour(isTerminal: boolean, environment: NodeJS.ProcessEnv): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = environment;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return isTerminal && !no && term !== 'dumb';
}
