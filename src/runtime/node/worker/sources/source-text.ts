import { readFileSync, statSync } from 'node:fs';
import type { Position } from '../../channel/positions.ts';
import { LineTable } from './line-table.ts';
import { contentOf, type LineContent } from './lines-of-code.ts';

/** What people write by hand is smaller; a larger source is left unread. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Places at which one name is looked up. */
const MAX_OCCURRENCES = 500;
const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
const MODIFIERS =
  /(?:(?:public|private|protected|readonly|override|static|declare|abstract|accessor)\s+(?=[\p{ID_Start}$_#]))*/uy;

/** An original source, as people wrote it. */
export class SourceText {
  readonly text: string;
  readonly #lines: LineTable;

  constructor(text: string) {
    this.text = text;
    this.#lines = new LineTable(text);
  }

  /** @param content the text that the map has, which is read instead of the file. @returns undefined where neither can be read. */
  static of(content: string | undefined, path: string): SourceText | undefined {
    if (content !== undefined) return content.length > MAX_BYTES ? undefined : new SourceText(content);
    try {
      return statSync(path).size > MAX_BYTES ? undefined : new SourceText(readFileSync(path, 'utf8'));
    } catch {
      return undefined;
    }
  }

  get lines(): number {
    return this.#lines.count;
  }

  /** What a line, counted from 0, holds. */
  contentOf(line: number): LineContent {
    return contentOf((at) => this.#line(at), line);
  }

  #line(line: number): string | undefined {
    if (line < 0 || line >= this.lines) return undefined;
    const end = line + 1 < this.lines ? this.#lines.offset({ line: line + 1, column: -1 }) : this.text.length;
    return this.text.slice(this.#lines.offset({ line, column: 0 }), end);
  }

  offset(position: Position): number {
    return this.#lines.offset(position);
  }

  position(offset: number): Position {
    return this.#lines.position(offset);
  }

  /** The identifier that starts at the position, with its `#` where it has one. */
  identifierAt(position: Position): string | undefined {
    const offset = this.#lines.offset(position);
    const isPrivate = this.text[offset] === '#';
    const before = this.text[offset - 1] ?? '';
    if (!isPrivate && /[\p{ID_Continue}$]/u.test(before)) return undefined;
    IDENTIFIER.lastIndex = isPrivate ? offset + 1 : offset;
    const found = IDENTIFIER.exec(this.text)?.[0];
    if (found === undefined) return undefined;
    return isPrivate || before === '#' ? `#${found}` : found;
  }

  /** The identifier there, behind the words that TypeScript puts before names: `private readonly id`. */
  nameAt(position: Position): string | undefined {
    const offset = this.#lines.offset(position);
    MODIFIERS.lastIndex = offset;
    const { length } = MODIFIERS.exec(this.text)?.[0] ?? '';
    return this.identifierAt(length === 0 ? position : this.#lines.position(offset + length));
  }

  /** Whether the identifier there is the beginning of something that is read: `order.total`, `order[0]`, `order?.()`. */
  isReadAt(position: Position): boolean {
    const offset = this.#lines.offset(position);
    IDENTIFIER.lastIndex = offset;
    const { length = 0 } = IDENTIFIER.exec(this.text)?.[0] ?? '';
    return length > 0 && /^\s*(?:\?\.|\.(?!\.\.)|\[|`)/.test(this.text.slice(offset + length, offset + length + 40));
  }

  /** Where the identifier stands, but for members (`total` of `order.total`); at most 500 places. */
  occurrencesOf(name: string): Position[] {
    const found: Position[] = [];
    for (let at = this.text.indexOf(name); at >= 0; at = this.text.indexOf(name, at + name.length)) {
      if (found.length >= MAX_OCCURRENCES) break;
      const before = this.text.slice(Math.max(0, at - 3), at);
      if (/[\p{ID_Continue}$#]$/u.test(before) || (before.endsWith('.') && before !== '...')) continue;
      if (/[\p{ID_Continue}$]/u.test(this.text[at + name.length] ?? '')) continue;
      found.push(this.#lines.position(at));
    }
    return found;
  }
}
