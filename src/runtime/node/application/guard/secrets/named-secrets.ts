import { isRedactedName } from '../../../../../redaction/identifiers.ts';
import { append, type Callable, getPrototypeOf, isCallable, isObject, isProxy, ownProperty } from '../intrinsics.ts';
import { MAX_SOURCE_TEXT, type SourceNames, sourceNames } from './source-names.ts';

/** How far from the called function others are still searched. */
const MAX_DEPTH = 3;
const MAX_FUNCTIONS = 50;
/** Properties that are looked up in one search. */
const MAX_LOOKUPS = 2000;

/**
 * Whether a function that runs without the guard may read something behind a redacted name: its source, or that of a function it
 * finds by name on its receiver and its arguments, holds such a name. Functions that it reaches in other ways are not searched.
 * Where there is more to search than a hit has time for, the answer is that it may.
 * @returns why it may, as the end of a sentence; undefined when it does not.
 */
export function namesSecrets(fn: Callable, self: unknown, args: readonly unknown[]): string | undefined {
  const look = new Look();
  look.add(fn, self, args, 0);
  for (let index = 0; index < args.length; index++) look.addCallable(args[index], undefined, 0);
  return look.run();
}

interface Reached {
  readonly fn: Callable;
  readonly self: unknown;
  readonly args: readonly unknown[];
  readonly depth: number;
}

class Look {
  readonly #reached: Reached[] = [];
  #lookups = 0;
  #characters = 0;

  run(): string | undefined {
    for (let index = 0; index < this.#reached.length; index++) {
      const next = this.#reached[index];
      const why = next === undefined ? undefined : this.#secretOf(next);
      if (why !== undefined) return why;
    }
    return undefined;
  }

  #secretOf(reached: Reached): string | undefined {
    const source = sourceNames(reached.fn);
    if (source === 'native' || source === 'class') return undefined;
    if (source === 'unreadable') return `reaches a function whose source cannot be searched for secrets`;
    this.#characters += source.length;
    for (let index = 0; index < source.names.length; index++) {
      const name = source.names[index] ?? '';
      if (isRedactedName(name)) return `can reach ${name}, which is hidden`;
    }
    if (reached.depth < MAX_DEPTH) this.#follow(source, reached);
    const isMuch =
      this.#characters > MAX_SOURCE_TEXT || this.#lookups > MAX_LOOKUPS || this.#reached.length > MAX_FUNCTIONS;
    return isMuch ? 'reaches more code than can be searched for secrets' : undefined;
  }

  #follow({ chains }: SourceNames, { self, args, depth }: Reached): void {
    for (let index = 0; index < chains.length; index++) {
      const chain = chains[index] ?? [];
      if (this.#lookups > MAX_LOOKUPS) return;
      if (chain[0] === 'this') this.#walk(self, chain, 1, depth);
      else {
        // The chain may start at an argument or at a variable that holds a part of one, whose names are not known here.
        for (let from = 0; from < 2 && from < chain.length; from++) {
          this.#walk(self, chain, from, depth);
          for (let turn = 0; turn < args.length; turn++) this.#walk(args[turn], chain, from, depth);
        }
      }
    }
  }

  /** Follows a chain of names from one object to the next, as far as the properties are plain data. */
  #walk(start: unknown, chain: readonly string[], from: number, depth: number): void {
    let holder = start;
    for (let index = from; index < chain.length && isObject(holder); index++) {
      const found = this.#find(holder, chain[index] ?? '');
      if (found === undefined) return;
      this.addCallable(found.value, holder, depth + 1);
      if (found.isAccessor) return;
      holder = found.value;
    }
  }

  #find(start: object, name: string): { readonly value: unknown; readonly isAccessor: boolean } | undefined {
    for (let holder: object | null = start; holder !== null && !isProxy(holder); holder = getPrototypeOf(holder)) {
      this.#lookups++;
      const property = ownProperty(holder, name);
      if (property === undefined) continue;
      return property.isAccessor
        ? { value: property.accessor, isAccessor: true }
        : { value: property.value, isAccessor: false };
    }
    return undefined;
  }

  addCallable(value: unknown, self: unknown, depth: number): void {
    if (isCallable(value) && !isProxy(value)) this.add(value, self, [], depth);
  }

  add(fn: Callable, self: unknown, args: readonly unknown[], depth: number): void {
    for (let index = 0; index < this.#reached.length; index++) {
      if (this.#reached[index]?.fn === fn) return;
    }
    append(this.#reached, { fn, self, args, depth });
  }
}
