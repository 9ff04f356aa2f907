import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { BASE, compact, expand } from './matrix.ts';

/**
 * The expected results of one program, as text:
 *
 *     12 log total {total}
 *         at closures.ts:12: total 120
 *       except webpack rollup@20: the minifier inlines total
 *         at closures.ts:12: total <total is not kept by the bundler at this line>
 *
 * `except` says what a tool really loses, `known` what is a fault of ours, each with its reason. A name is that of a tool, of a
 * version of Node.js (`@20`), or of both.
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

/** Whether what comes is taken as what is expected. */
export const UPDATES = Boolean(process.env.UPDATE);

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
          variants: variants.split(' ').flatMap(expand),
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

  /** What is expected of a probe by a variant. */
  expected(title: string, key: string): readonly string[] {
    const block = this.#blocks.find((one) => one.title === title);
    return block?.others.find(({ variants }) => variants.includes(key))?.lines ?? block?.lines ?? [];
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

  /** Takes what came of a variant as what is expected. */
  update(found: ReadonlyMap<string, readonly string[]>, key: string): void {
    const blocks = [...found].map(([title, lines]): Block => {
      const block = this.#blocks.find((one) => one.title === title) ?? { title, lines: [], others: [] };
      if (isSame(this.expected(title, key), lines)) return block;
      for (const other of block.others) other.variants = other.variants.filter((one) => one !== key);
      const others = block.others.filter(({ variants }) => variants.length > 0);
      if (key === BASE) return { title, lines, others };
      const same = others.find((other) => isSame(other.lines, lines));
      if (same !== undefined) same.variants.push(key);
      else if (!isSame(block.lines, lines)) others.push({ kind: 'known', variants: [key], why: UNEXPLAINED, lines });
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
          ({ kind, variants, why, lines: theirs }) =>
            `  ${kind} ${compact(variants).join(' ')}: ${why}\n${indent(theirs)}`,
        );
        return `${title}\n${indent(lines)}${rest.join('')}`;
      })
      .join('\n');
  }
}

export const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, index) => line === b[index]);
