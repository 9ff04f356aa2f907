import type { GuardedEvaluation } from '../guarded-evaluation.ts';
import {
  append,
  apply,
  isArray,
  isBigIntObject,
  isBooleanObject,
  isCallable,
  isNumberObject,
  isObject,
  isProxy,
  isStringObject,
} from '../intrinsics.ts';
import { isMarker, type Marker, Tainted } from '../markers.ts';
import type { BuiltinTable } from './builtin-table.ts';
import { enumerableKeys } from './object.ts';

const { stringify, parse } = JSON;
const MAX_DEPTH = 50;

/** @returns the JSON text of a primitive, whose conversion runs no code of the application. */
const quote = (text: string): string => apply(stringify, undefined, [text]) as string;
const hidden = (found: Marker): string => `"<${found.marker}>"`;

/**
 * JSON.stringify with guarded reads: getters, Proxies and redacted names appear as text in their place, a `toJSON` of the
 * application is called like any of its functions.
 */
class Writer {
  readonly #evaluation: GuardedEvaluation;
  readonly #indent: string;
  readonly #ancestors: object[] = [];

  constructor(evaluation: GuardedEvaluation, indent: string) {
    this.#evaluation = evaluation;
    this.#indent = indent;
  }

  write(given: unknown, key: string, margin: string): string | undefined {
    this.#evaluation.tick();
    let value = given;
    if (isObject(value) && !isMarker(value)) {
      const toJSON = this.#evaluation.get(value, 'toJSON');
      if (isMarker(toJSON)) return hidden(toJSON);
      if (isCallable(toJSON)) value = this.#evaluation.invoke(toJSON, value, [key]);
    }
    if (isMarker(value)) return hidden(value);
    if (isStringObject(value)) value = this.#evaluation.string(value);
    else if (isNumberObject(value)) value = this.#evaluation.number(value);
    else if (isBooleanObject(value) || isBigIntObject(value)) value = this.#evaluation.primitive(value, 'default');
    if (value === null) return 'null';
    if (typeof value === 'boolean') return value ? 'true' : 'false';
    if (typeof value === 'number') return value - value === 0 ? `${value}` : 'null';
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'bigint') throw new TypeError('Do not know how to serialize a BigInt');
    if (!isObject(value) || isCallable(value)) return undefined;
    if (isProxy(value)) return '"<proxy>"';
    return this.#container(value, margin);
  }

  #text(value: string): string {
    this.#evaluation.charge(value.length);
    this.#evaluation.refuseLength(value.length);
    return quote(value);
  }

  #container(value: object, margin: string): string {
    for (let index = 0; index < this.#ancestors.length; index++) {
      if (this.#ancestors[index] === value) throw new TypeError('Converting circular structure to JSON');
    }
    if (this.#ancestors.length >= MAX_DEPTH) {
      throw this.#evaluation.unsupported(
        'writes JSON of a deep value',
        new RangeError(`the value is more than ${MAX_DEPTH} levels deep`),
      );
    }
    append(this.#ancestors, value);
    const inner = margin + this.#indent;
    const parts = isArray(value) ? this.#items(value, inner) : this.#fields(value, inner);
    this.#ancestors.length--;
    const open = isArray(value) ? '[' : '{';
    const close = isArray(value) ? ']' : '}';
    if (parts.length === 0) return open + close;
    const separator = this.#indent === '' ? ',' : `,\n${inner}`;
    let text = parts[0] ?? '';
    for (let index = 1; index < parts.length; index++) {
      text += separator + parts[index];
      this.#evaluation.refuseLength(text.length);
    }
    return this.#indent === '' ? open + text + close : `${open}\n${inner}${text}\n${margin}${close}`;
  }

  #items(list: readonly unknown[], margin: string): string[] {
    const parts: string[] = [];
    for (let index = 0; index < list.length; index++) {
      append(parts, this.write(this.#evaluation.itemOf(list, index), `${index}`, margin) ?? 'null');
    }
    return parts;
  }

  #fields(holder: object, margin: string): string[] {
    const parts: string[] = [];
    const keys = enumerableKeys(this.#evaluation, holder);
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] ?? '';
      const text = this.write(this.#evaluation.get(holder, key), key, margin);
      if (text !== undefined) append(parts, `${this.#text(key)}:${this.#indent === '' ? '' : ' '}${text}`);
    }
    return parts;
  }
}

function indentOf(evaluation: GuardedEvaluation, space: unknown): string {
  const given = evaluation.primitive(space, 'default');
  let indent = '';
  if (typeof given === 'number') for (let count = 0; count < given && count < 10; count++) indent += ' ';
  else if (typeof given === 'string')
    for (let index = 0; index < given.length && index < 10; index++) indent += given[index];
  return indent;
}

export function addJSON(table: BuiltinTable): void {
  table.add(JSON, 'stringify', () => (evaluation, _, args) => {
    if (args[1] !== undefined && args[1] !== null)
      throw evaluation.unsupported(
        'gives JSON.stringify a replacer',
        new TypeError('a replacer is not supported in an expression'),
      );
    if (isMarker(args[0])) throw new Tainted(args[0]);
    return new Writer(evaluation, indentOf(evaluation, args[2])).write(args[0], '', '');
  });
  table.add(JSON, 'parse', () => (evaluation, _, args) => {
    if (args[1] !== undefined)
      throw evaluation.unsupported(
        'gives JSON.parse a reviver',
        new TypeError('a reviver is not supported in an expression'),
      );
    const text = evaluation.string(args[0]);
    evaluation.charge(text.length * 8);
    try {
      return apply(parse, undefined, [text]);
    } catch {
      // V8's own message would quote the text, which may hold secrets.
      throw new SyntaxError('the text is not valid JSON');
    }
  });
}
