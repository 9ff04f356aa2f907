import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * The expected results of one program, as text:
 *
 *     12 log total {total}
 *         at closures.ts:12: total 120
 *       except webpack rollup@20: the minifier inlines total
 *         at closures.ts:12: total <total is not available>
 *
 * `except` says what a tool really loses, `known` what is a fault of ours, each with its reason. A variant is named by its tool, by
 * `@` and the major version of Node.js, or by both.
 */
export interface Block {
  readonly title: string;
  lines: readonly string[];
  readonly others: Other[];
}

export interface Other {
  readonly kind: 'except' | 'known';
  variants: string[];
  readonly why: string;
  readonly lines: readonly string[];
}

const UNEXPLAINED = '?';

export class Golden {
  readonly #path: string;
  readonly #blocks: Block[] = [];

  constructor(path: string) {
    this.#path = path;
    if (!existsSync(path)) return;
    let into: string[] = [];
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const other = /^ {2}(except|known) ([^:]+): (.*)$/.exec(line);
      if (other !== null) {
        into = [];
        const [, kind, variants = '', why = ''] = other;
        this.#blocks.at(-1)?.others.push({
          kind: kind === 'known' ? 'known' : 'except',
          variants: variants.split(' '),
          why,
          lines: into,
        });
      } else if (line.startsWith('    ')) into.push(line.slice(4));
      else if (line !== '') {
        into = [];
        this.#blocks.push({ title: line, lines: into, others: [] });
      }
    }
  }

  /** What is expected of a probe, and whether that is a fault of ours. */
  expected(title: string, tool: string, major: string): { lines: readonly string[]; known: boolean } {
    const block = this.#blocks.find((one) => one.title === title);
    const other = block?.others.find(({ variants }) => variants.some((variant) => isMeant(variant, tool, major)));
    return { lines: other?.lines ?? block?.lines ?? [], known: other?.kind === 'known' };
  }

  /** Names of the outer variables that the golden text has; those of a new probe are written by hand. */
  closureNames(title: string): ReadonlySet<string> {
    const lines = this.#blocks.find((one) => one.title === title)?.lines ?? [];
    return new Set(lines.flatMap((line) => /^ *closure (\S+) = /.exec(line)?.[1] ?? []));
  }

  /** Reasons that somebody still has to write. */
  unexplained(): string[] {
    return this.#blocks.filter(({ others }) => others.some(({ why }) => why === UNEXPLAINED)).map(({ title }) => title);
  }

  get knownFaults(): number {
    return this.#blocks.filter(({ others }) => others.some(({ kind }) => kind === 'known')).length;
  }

  /** Takes what came as what is expected. @param isBase whether it is what every other variant is compared with. */
  update(found: ReadonlyMap<string, readonly string[]>, tool: string, major: string, isBase: boolean): void {
    const blocks = [...found].map(([title, lines]): Block => {
      const block = this.#blocks.find((one) => one.title === title) ?? { title, lines: [], others: [] };
      const variant = `${tool}@${major}`;
      for (const other of block.others) other.variants = other.variants.filter((one) => one !== variant);
      const others = block.others.filter(({ variants }) => variants.length > 0);
      const expected = others.find(({ variants }) => variants.some((one) => isMeant(one, tool, major)));
      if (isSame(expected?.lines ?? block.lines, lines)) return { ...block, others };
      if (isBase) return { title, lines, others };
      const same = others.find((other) => isSame(other.lines, lines));
      if (same !== undefined) same.variants.push(variant);
      else if (!isSame(block.lines, lines))
        others.unshift({ kind: 'known', variants: [variant], why: UNEXPLAINED, lines });
      return { ...block, others };
    });
    this.#blocks.splice(0, this.#blocks.length, ...blocks);
    writeFileSync(this.#path, this.#text());
  }

  #text(): string {
    const indent = (lines: readonly string[]) => lines.map((line) => `    ${line}\n`).join('');
    return this.#blocks
      .map(({ title, lines, others }) => {
        const rest = others.map(
          ({ kind, variants, why, lines: theirs }) => `  ${kind} ${variants.join(' ')}: ${why}\n${indent(theirs)}`,
        );
        return `${title}\n${indent(lines)}${rest.join('')}`;
      })
      .join('\n');
  }
}

function isMeant(variant: string, tool: string, major: string): boolean {
  const [named, version] = variant.split('@');
  return (named === '' || named === tool) && (version === undefined || version === major);
}

export const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, index) => line === b[index]);
