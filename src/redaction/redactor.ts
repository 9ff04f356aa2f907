import { redactionHash } from '../protocol/redaction-hash.ts';
import type { CapturedField, CapturedValue } from '../protocol/value.ts';
import { shapeOf, type ValueShape } from '../protocol/value-types.ts';
import { CutSecrets, type CutTexts } from './cut-secrets.ts';
import { OWN_FAILURE, withoutValues } from './failures.ts';
import { findSecrets, merged } from './find-secrets.ts';
import { RedactedNames } from './identifiers.ts';
import { joinedItems } from './joined-items.ts';
import { describeHidden, type RedactionOptions } from './options.ts';
import type { LinearPattern } from './patterns/linear-pattern.ts';
import { readPatterns } from './patterns/read-patterns.ts';
import type { Span } from './patterns/scan.ts';
import type { RawValue } from './raw-value.ts';

const DEFAULT: RedactionOptions = { mode: 'Default', replacement: 'Remove' };
/** Parts of a message that are looked at together: two halves of a secret, and what is between them. */
const MOST_PARTS = 3;
const LONGEST_FAILURE = 255;
/** Characters of names of fields and classes. */
const LONGEST_NAME = 255;
/** Characters. Shorter names hold no secret, and no piece of one that could be recognized. */
const SHORTEST_CUT_NAME = 4;
/** A result that has more text than this is not looked at to its end, and what was not looked at is hidden. */
const CHARACTERS_PER_RESULT = 2_097_152;
/** A pattern that cannot be read might be for anything. */
const NOTHING_IS_SEARCHED = -1;
/** So many states of patterns take as long for a character as all that is searched for anyway. */
const STATES_PER_SEARCH = 8;
/** Stands in the place of a text that was not searched: whether it holds a secret is not known. */
const TOO_MUCH = '<not shown: more text than can be searched for secrets>';
/** Values that tell no more than one bit of the texts that an expression has cut. */
const TELLS_LITTLE: ReadonlySet<ValueShape> = new Set(['boolean', 'absent']);
/** Values whose text is a name, or says nothing of the value. */
const NAMES_OF_THINGS: ReadonlySet<ValueShape> = new Set(['function', 'absent', 'gap']);

/**
 * The name of the value of an expression that only reads, in the language of the expression; undefined for everything that is
 * computed.
 */
export type NameOfExpression = (source: string) => string | undefined;

/** How many times as long a character takes with these patterns as without. */
function slowness(patterns: readonly LinearPattern[]): number {
  return 1 + patterns.reduce((sum, { states }) => sum + states, 0) / STATES_PER_SEARCH;
}

/** The value without its content, which was not searched: whether it holds a secret is not known. */
function unsearched({ type }: RawValue): CapturedValue {
  return { type, notCaptured: 'bytes' };
}

/** Only the class of an error, whose message may repeat pieces of a secret. */
function withoutDetail(text: string): string {
  return /^[\w$.]{1,64}(?=: )/.exec(text)?.[0] ?? 'Error';
}

/**
 * The last look at what a probe reports, on the worker's thread and before anything is sent: values behind names that are
 * known only now, secrets that are known by their shape, and in AllowList mode everything that is not allowed.
 * One redactor is for one probe; `begin` is called before each result.
 */
export class Redactor {
  readonly #options: RedactionOptions;
  readonly #nameOfExpression: NameOfExpression;
  readonly #names: RedactedNames;
  readonly #allowed: Pick<RedactedNames, 'has'> | undefined;
  readonly #isRedacted: (name: string) => boolean;
  readonly #patterns: readonly LinearPattern[];
  readonly #charactersPerResult: number;
  /** Names of the expressions of the probe, which are few. */
  readonly #expressions = new Map<string, { readonly name: string | undefined }>();
  #left: number;
  /** Secrets in the texts that the expression at hand has cut; undefined where there are none. */
  #cuts: CutSecrets | undefined;

  /** The name of the rules that it enforces. */
  readonly hash: string | undefined;

  constructor(nameOfExpression: NameOfExpression, options: RedactionOptions = DEFAULT) {
    this.hash = redactionHash(options);
    this.#nameOfExpression = nameOfExpression;
    this.#options = options;
    this.#names = new RedactedNames(options.names ?? []);
    this.#allowed = options.mode === 'AllowList' ? RedactedNames.only(options.allow ?? []) : undefined;
    this.#isRedacted = (name) => this.#names.has(name);
    const read = readPatterns(options.patterns ?? []);
    this.#patterns = read.patterns;
    this.#charactersPerResult =
      read.problem === undefined ? CHARACTERS_PER_RESULT / slowness(read.patterns) : NOTHING_IS_SEARCHED;
    this.#left = this.#charactersPerResult;
  }

  /** Gives the next result its share of characters to look at. */
  begin(): this {
    this.#left = this.#charactersPerResult;
    return this;
  }

  #find(text: string, isCut = false): readonly Span[] {
    return findSecrets(text, isCut, this.#isRedacted, this.#patterns).spans;
  }

  /** Whether a value with this name may be shown, as far as its name tells. */
  shows(name: string | undefined): boolean {
    if (name !== undefined && this.#names.has(name)) return false;
    return this.#allowed === undefined || (name !== undefined && this.#allowed.has(name));
  }

  /**
   * A text without its secrets.
   * @param limit characters of the text that are kept; what is behind them only helps to recognize a secret at the cut.
   * @param isCut whether the text goes on behind its end.
   */
  text(text: string, limit = Number.POSITIVE_INFINITY, isCut = false): string {
    this.#left -= text.length;
    if (this.#left < 0) return TOO_MUCH;
    const spans = this.#find(text, isCut);
    const pieces = this.#cuts?.spansIn(text) ?? [];
    return this.#without(text, pieces.length === 0 ? spans : merged([...spans, ...pieces]), limit);
  }

  /** A message without its secrets, from its parts. A secret may be in one of them, or begin in one and end in another. */
  message(parts: readonly string[]): string {
    const whole = parts.join('');
    this.#left -= (1 + MOST_PARTS) * whole.length;
    if (this.#left < 0) return TOO_MUCH;
    const spans = [...this.#find(whole)];
    // Text right before or after a secret can hide its shape, so single parts and parts side by side are searched as well.
    for (let first = 0, offset = 0; first < parts.length; offset += parts[first++]?.length ?? 0) {
      for (let count = 1; count <= MOST_PARTS && first + count <= parts.length; count++) {
        const text = parts.slice(first, first + count).join('');
        for (const { start, end } of this.#find(text)) {
          spans.push({ start: start + offset, end: end + offset });
        }
      }
    }
    return this.#without(whole, merged(spans), whole.length);
  }

  #without(text: string, spans: readonly Span[], limit: number): string {
    if (spans.length === 0) return text.length > limit ? text.slice(0, limit) : text;
    let kept = '';
    let at = 0;
    for (const { start, end } of spans) {
      if (start >= limit) break;
      kept += text.slice(at, start) + this.#placeholder(text.slice(start, end));
      at = end;
    }
    return at < limit ? kept + text.slice(at, Math.min(limit, text.length)) : kept;
  }

  /** What an expression threw, or why Davylamp did not evaluate it; in AllowList mode nothing of a message in which there may be a value. */
  failure(text: string, limit: number, cuts?: CutTexts): string {
    return this.#knowing(cuts, (isFine) => this.#failure(isFine ? withoutDetail(text) : text, limit));
  }

  #failure(text: string, limit: number): string {
    const isShown = this.#allowed === undefined || OWN_FAILURE.test(text);
    const shown = isShown ? text : withoutValues(text);
    return this.text(shown, limit, shown.length > limit);
  }

  /** Why a condition could not be evaluated, as it is said in the state of a probe. */
  remark(text: string, cuts?: CutTexts): string {
    const [, field = '', rest = ''] = /^(the condition: )?(.*)$/s.exec(text) ?? [];
    return field + this.failure(rest, LONGEST_FAILURE, cuts);
  }

  /**
   * The value of an expression: in AllowList mode only of one that does nothing but read.
   * @param cuts texts that the expression has cut pieces out of.
   */
  expression(source: string, value: RawValue, cuts?: CutTexts): CapturedValue {
    const name = this.#nameOf(source);
    if (this.#allowed !== undefined && name === undefined) return this.#hidden(value);
    return this.#knowing(cuts, (isFine) =>
      isFine && !TELLS_LITTLE.has(shapeOf(value)) ? this.#hidden(value) : this.value(value, name),
    );
  }

  /** Runs `look` with the secrets in the texts that were cut. @param look is told whether single characters of them may be anywhere. */
  #knowing<T>(cuts: CutTexts | undefined, look: (isFine: boolean) => T): T {
    if (cuts === undefined) return look(false);
    for (const text of cuts.texts) this.#left -= text.length;
    if (this.#left < 0) return look(true);
    const known = new CutSecrets(cuts, (text) => this.#find(text));
    if (known.isEmpty) return look(false);
    this.#cuts = known;
    try {
      return look(known.isFine);
    } finally {
      this.#cuts = undefined;
    }
  }

  /** The text of a complete string that may be shown; `message` searches it for secrets. Undefined for all other values. */
  plainText(source: string, value: RawValue, cuts?: CutTexts): string | undefined {
    if (cuts !== undefined && !new CutSecrets(cuts, (text) => this.#find(text)).isEmpty) return undefined;
    const isWhole = value.type === 'string' && value.notCaptured === undefined && value.className === undefined;
    return isWhole && this.shows(this.#nameOf(source)) ? value.text : undefined;
  }

  #nameOf(source: string): string | undefined {
    const known = this.#expressions.get(source);
    if (known !== undefined) return known.name;
    const name = this.#nameOfExpression(source);
    this.#expressions.set(source, { name });
    return name;
  }

  fields(fields: readonly CapturedField[]): CapturedField[] {
    return fields.map(({ name, value }) => ({ name: this.#name(name), value: this.value(value, name) }));
  }

  /** A captured value as it may be sent. @param name of the variable, field or key that has it, or of the list it is in. */
  value(value: RawValue, name: string | undefined): CapturedValue {
    if (value.notCaptured === 'redacted' || (name !== undefined && this.#names.has(name))) return this.#hidden(value);
    const { shown: _, ...rest } = value;
    const className = value.className === undefined ? {} : { className: this.#name(value.className) };
    if (value.type === 'error') return { ...rest, ...className, ...this.#error(value, name) };
    if (value.fields ?? value.items ?? value.entries) {
      if (value.items !== undefined && this.#holdsSecret(value))
        return this.#left < 0 ? unsearched(value) : this.#hidden(value);
      return { ...rest, ...className, ...this.#parts(value, name) };
    }
    if (value.text === undefined) return { ...rest, ...className };
    if (this.#allowed !== undefined && !NAMES_OF_THINGS.has(shapeOf(value)) && !this.shows(name))
      return this.#hidden(value);
    if (shapeOf(value) === 'bytes') {
      if (!this.#holdsSecret(value)) return rest;
      return this.#left < 0 ? unsearched(value) : this.#hidden(value);
    }
    return { ...rest, ...className, ...this.#text(value, value.text) };
  }

  #parts(value: RawValue, name: string | undefined): Partial<CapturedValue> {
    return {
      ...(value.fields && { fields: this.fields(value.fields) }),
      ...(value.items && { items: value.items.map((item) => this.value(item, name)) }),
      ...(value.entries && {
        entries: value.entries.map(([key, item]) => {
          const keyName = key.type === 'string' ? key.text : undefined;
          // A key is a name; in AllowList mode it is a value too.
          return [this.value(key, this.shows(keyName) ? keyName : undefined), this.value(item, keyName)] as const;
        }),
      }),
    };
  }

  /** The message is a value, and the stack repeats it. */
  #error(value: RawValue, name: string | undefined): Partial<CapturedValue> {
    const isShown = this.#allowed === undefined || this.shows('message') || this.shows(name);
    const message = value.text === undefined ? {} : isShown ? this.#text(value, value.text) : { text: undefined };
    return { ...message, ...this.#parts(value, undefined) };
  }

  #text(value: RawValue, text: string): Partial<CapturedValue> {
    const isCut = value.notCaptured === 'length' && (value.size === undefined || text.length < value.size);
    const limit = value.shown ?? text.length;
    const clean = this.text(text, limit, isCut);
    return limit < text.length
      ? { text: clean, size: value.size ?? text.length, notCaptured: 'length' }
      : { text: clean };
  }

  /** A list of characters, or of their codes, may spell a secret; so may the bytes of a Buffer. */
  #holdsSecret(value: RawValue): boolean {
    const text = joinedItems(value);
    if (text === undefined) return false;
    this.#left -= text.length;
    return this.#left < 0 || this.#find(text, value.notCaptured !== undefined).length > 0;
  }

  #hidden({ type, text, size }: RawValue): CapturedValue {
    const detail = text === undefined ? undefined : this.#detail(type, text, size);
    return { type, ...(detail === undefined ? {} : { text: detail }), notCaptured: 'redacted' };
  }

  /** What is told of a hidden text. One that was too long to be kept is hashed with its length, which tells it from others that begin so. */
  #detail(type: string, text: string, size: number | undefined): string | undefined {
    if (this.#options.replacement === 'Mask' && type === 'string' && size !== undefined) return `${size} characters`;
    return describeHidden(size === undefined ? text : `${size}:${text}`, this.#options);
  }

  #name(name: string): string {
    // Short names (`id`) occur in every long secret.
    if (name.length < SHORTEST_CUT_NAME) return name;
    return this.text(name, LONGEST_NAME, name.length > LONGEST_NAME);
  }

  #placeholder(text: string): string {
    const detail = describeHidden(text, this.#options);
    return detail === undefined ? '<redacted>' : `<redacted:${detail}>`;
  }
}
