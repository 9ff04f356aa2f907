/** What a person wrote in `location.function`. */
export interface WantedFunction {
  /** `OrderService` of `OrderService.place`. */
  readonly owners: readonly string[];
  readonly name: string;
  /** `OrderService.#check`. */
  readonly isPrivate: boolean;
  /** `OrderService#place`: not the static one. */
  readonly isOfInstance: boolean;
  readonly modifier?: Modifier;
}

type Modifier = 'get' | 'set' | 'static' | 'new';

/** What is known of a function, under the names of its source. */
export interface NamedFunction {
  readonly paths: readonly NamedPath[];
  readonly kind: 'function' | 'constructor' | 'get' | 'set';
  readonly isStatic?: boolean;
  readonly isPrivate: boolean;
}

export interface NamedPath {
  readonly path: readonly string[];
  readonly isWrapped: boolean;
}

/**
 * Reads `place`, `OrderService.place`, `OrderService#place`, `OrderService.#check`, `OrderService.prototype.place`,
 * `new OrderService`, and the words `get`, `set` and `static` before the whole or before the last name.
 */
export function parseFunctionName(text: string): WantedFunction {
  const [, before, rest = ''] = /^(?:(get|set|static|new)\s+)?(.*)$/s.exec(text.trim()) ?? [];
  const [, start = '', between, end = rest] = /^(.*[.#])(get|set|static)\s+(.+)$/s.exec(rest) ?? [];
  const whole = start + end;
  const last = Math.max(whole.lastIndexOf('.'), whole.lastIndexOf('#'));
  const owners = whole.slice(0, Math.max(0, last)).split(/[.#]/).filter(Boolean);
  const isHash = whole[last] === '#';
  const isPrivate = isHash && (last === 0 || whole[last - 1] === '.');
  return {
    owners: owners.filter((owner) => owner !== 'prototype'),
    name: whole.slice(last + 1),
    isPrivate,
    isOfInstance: (isHash && !isPrivate) || owners.at(-1) === 'prototype',
    modifier: (before ?? between) as Modifier | undefined,
  };
}

/** @returns whether the function may be meant; several may, and {@link narrow} chooses. */
export function hasName(wanted: WantedFunction, { paths, kind, isStatic, isPrivate }: NamedFunction): boolean {
  const { modifier } = wanted;
  if (wanted.isPrivate && !isPrivate) return false;
  if ((wanted.isOfInstance && isStatic === true) || (modifier === 'static' && isStatic === false)) return false;
  if ((modifier === 'get' || modifier === 'set') && kind !== modifier) return false;
  if (modifier === 'new' && kind !== 'constructor') return false;
  const whole = [...wanted.owners, wanted.name];
  return paths.some(({ path }) => path.length >= whole.length && endsWith(path, whole));
}

/**
 * Keeps the functions that are meant most likely: of exactly that name, named outright rather than through what they are
 * handed to, a public member rather than a private one, a getter rather than a setter, a function rather than a constructor.
 */
export function narrow<T extends NamedFunction>(wanted: WantedFunction, found: readonly T[]): readonly T[] {
  const whole = [...wanted.owners, wanted.name];
  const preferences: ((one: T) => boolean)[] = [
    ({ paths }) => paths.some(({ path }) => path.length === whole.length && endsWith(path, whole)),
    ({ paths }) => paths.some(({ path, isWrapped }) => !isWrapped && endsWith(path, whole)),
    ({ isPrivate }) => isPrivate === wanted.isPrivate,
    ({ kind }) => kind !== 'constructor',
    ({ kind }) => kind !== 'set',
  ];
  let left = found;
  for (const preference of preferences) {
    const fewer = left.filter(preference);
    if (fewer.length > 0) left = fewer;
  }
  return left;
}

/** @returns what the function is called in full: `OrderService.place`, `static OrderService.create`, `get OrderService.total`. */
export function fullName({ paths, kind, isStatic, isPrivate }: NamedFunction): string {
  const path = paths[0]?.path ?? [];
  const last = path.at(-1) ?? '';
  const name = [...path.slice(0, -1), isPrivate ? `#${last}` : last].join('.');
  if (kind === 'get' || kind === 'set') return `${kind} ${name}`;
  return isStatic === true ? `static ${name}` : name;
}

function endsWith(path: readonly string[], end: readonly string[]): boolean {
  return end.every((name, index) => path[path.length - end.length + index] === name);
}
