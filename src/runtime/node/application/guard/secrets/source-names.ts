import {
  append,
  type Callable,
  characterAt,
  endsWith,
  indexOf,
  mapGet,
  mapSet,
  slice,
  sourceOf,
  startsWith,
  weakMapGet,
  weakMapSet,
} from '../intrinsics.ts';

/** The names in the source of a function. */
export interface SourceNames {
  /** Words outside of comments, and texts between quotes, without duplicates. */
  readonly names: readonly string[];
  /** `this.customer.name` as `this`, `customer`, `name`. What stands before the first point is empty if it is no word. */
  readonly chains: readonly (readonly string[])[];
  /** Characters of the text. */
  readonly length: number;
}

/** Characters of the longest source that is read. */
export const MAX_SOURCE_TEXT = 65_536;
const MAX_NAMES = 2000;
/** Characters of the longest text between quotes that counts as a name. */
const MAX_QUOTED = 128;

/** Why the names are not known: no source, as of a bound function, a class, or a source that is too long or has too many names. */
type Unknown = 'native' | 'class' | 'unreadable';

/** The application may replace it later. */
const OwnMap = Map;
const known = new WeakMap<Callable, SourceNames | Unknown>();

/** Reads the source of a function, once. Sources of classes, which cannot be called, are not read. */
export function sourceNames(fn: Callable): SourceNames | Unknown {
  const before = weakMapGet(known, fn);
  if (before !== undefined) return before;
  const found = namesOf(sourceOf(fn));
  weakMapSet(known, fn, found);
  return found;
}

function namesOf(source: string): SourceNames | Unknown {
  if (endsWith(source, '{ [native code] }')) return startsWith(source, 'function () {') ? 'unreadable' : 'native';
  if (startsWith(source, 'class') && !isOfWord(characterAt(source, 5))) return 'class';
  return source.length > MAX_SOURCE_TEXT ? 'unreadable' : (new Scan(source).run() ?? 'unreadable');
}

/** One pass over a source, without parsing it: rather too many names are found than too few. */
class Scan {
  readonly #text: string;
  #at = 0;
  readonly #seen: Map<string, true> = new OwnMap();
  readonly #names: string[] = [];
  readonly #chains: (readonly string[])[] = [];
  #chain: string[] | undefined;
  #isMember = false;
  /** The quote that began the text that the pass is in. */
  #quote = '';
  /** Whether comments can be told: not after a regular expression or a template, where that takes parsing. */
  #isCertain = true;

  constructor(text: string) {
    this.#text = text;
  }

  /** @returns the names; undefined when there are too many. */
  run(): SourceNames | undefined {
    const text = this.#text;
    while (this.#at < text.length) {
      const character = text[this.#at] ?? '';
      if (isOfWord(character) || this.#escaped() !== undefined) this.#word();
      else if (character === '.') this.#point();
      else this.#other(character);
      if (this.#names.length > MAX_NAMES) return undefined;
    }
    return { names: this.#names, chains: this.#chains, length: text.length };
  }

  #add(name: string): void {
    if (name === '' || mapGet(this.#seen, name) !== undefined) return;
    mapSet(this.#seen, name, true);
    append(this.#names, name);
  }

  #word(): void {
    const text = this.#text;
    let word = '';
    let start = this.#at;
    for (;;) {
      let end = this.#at;
      while (end < text.length && isOfWord(text[end] ?? '')) end++;
      this.#at = end;
      const escaped = this.#escaped();
      if (escaped === undefined) break;
      word += slice(text, start, end) + escaped.character;
      this.#at = escaped.end;
      start = escaped.end;
    }
    word += slice(text, start, this.#at);
    this.#add(word);
    if (!this.#isMember || this.#chain === undefined) {
      this.#chain = this.#isMember ? [''] : [];
      append(this.#chains, this.#chain);
    }
    append(this.#chain, word);
    this.#isMember = false;
  }

  /** Reads an escaped character (`\u0041`), which may be in names as well as in texts. */
  #escaped(): { readonly character: string; readonly end: number } | undefined {
    const text = this.#text;
    const at = this.#at;
    if (text[at] !== '\\') return undefined;
    const kind = at + 2 < text.length ? text[at + 1] : '';
    if (kind !== 'u' && kind !== 'x') return undefined;
    let end = at + (kind === 'x' ? 4 : 6);
    let digits = slice(text, at + 2, end);
    if (kind === 'u' && text[at + 2] === '{') {
      const close = indexOf(text, '}', at);
      if (close < 0 || close - at > MAX_QUOTED) return undefined;
      digits = slice(text, at + 3, close);
      end = close + 1;
    }
    const code = +`0x${digits}`;
    if (!(code <= 0x10ffff)) return undefined;
    const character = fromCodePoint(code);
    return isOfWord(character) ? { character, end } : undefined;
  }

  #point(): void {
    this.#isMember = true;
    this.#at++;
  }

  #other(character: string): void {
    const next = this.#at + 1 < this.#text.length ? this.#text[this.#at + 1] : '';
    const isSpace = character === ' ' || character === '\n' || character === '\t' || character === '\r';
    const isOptional = character === '?' && next === '.';
    if (character === '/' && this.#quote === '' && this.#isCertain && this.#comment(next)) return;
    this.#at += character === '\\' ? 2 : 1;
    if (isSpace || isOptional) return;
    this.#chain = undefined;
    this.#isMember = false;
    if (character === '`') this.#isCertain = false;
    if (character === '"' || character === "'" || character === '`') this.#quoted(character);
  }

  /** Skips a comment. @returns whether there was one. */
  #comment(next: string | undefined): boolean {
    if (next !== '/' && next !== '*') {
      this.#isCertain = false;
      return false;
    }
    const end = indexOf(this.#text, next === '/' ? '\n' : '*/', this.#at + 2);
    this.#at = end < 0 ? this.#text.length : end + (next === '/' ? 1 : 2);
    return true;
  }

  /** Takes what is between this quote and the next as a name, whether the quote begins a text or ends one. */
  #quoted(quote: string): void {
    const end = indexOf(this.#text, quote, this.#at);
    if (end > this.#at && end - this.#at <= MAX_QUOTED) this.#add(slice(this.#text, this.#at, end));
    if (quote === '`') return;
    if (this.#quote === '') this.#quote = quote;
    else if (this.#quote === quote) this.#quote = '';
  }
}

const { fromCodePoint } = String;

function isOfWord(character: string): boolean {
  return (
    (character >= 'a' && character <= 'z') ||
    (character >= 'A' && character <= 'Z') ||
    (character >= '0' && character <= '9') ||
    character === '_' ||
    character === '$' ||
    (character >= '\u00a1' && character !== '\u2028' && character !== '\u2029' && character !== '\ufeff')
  );
}
