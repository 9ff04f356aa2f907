import type { NodeFunction } from '../../../channel/function-proof.ts';
import {
  apply,
  type Callable,
  define,
  getPrototypeOf,
  isCallable,
  isNative,
  isObject,
  isProxy,
  ownProperty,
  uncurry,
} from '../intrinsics.ts';
import { isMarker, PROXY, Tainted } from '../markers.ts';
import { readItem, readProperty } from '../read.ts';
import { Unproven } from './proof-source.ts';

const lower = uncurry(String.prototype.toLowerCase);
const symbolsOf: (holder: object) => symbol[] = Object.getOwnPropertySymbols;
const { create } = Object;
const descriptionGetter = Object.getOwnPropertyDescriptor(Symbol.prototype, 'description')?.get;
const MAX_HEADERS = 2000;

/** Headers of which Node.js keeps only the first. */
const ONCE: Readonly<Record<string, true>> = Object.freeze(
  Object.assign(
    create(null),
    Object.fromEntries(
      [
        ...['age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host'],
        ...['if-modified-since', 'if-unmodified-since', 'last-modified', 'location', 'max-forwards'],
        ...['proxy-authorization', 'referer', 'retry-after', 'server', 'user-agent'],
      ].map((name) => [name, true]),
    ),
  ),
);

/** @returns the value of an own data property under a symbol of Node.js, which can be recognized by its description alone. */
function behindSymbol(self: object, description: string): unknown {
  const symbols = symbolsOf(self);
  for (let index = 0; index < symbols.length; index++) {
    const symbol = symbols[index];
    if (symbol === undefined || descriptionGetter === undefined) continue;
    if (apply(descriptionGetter, symbol, []) !== description) continue;
    const property = ownProperty(self, symbol);
    if (property?.isAccessor !== false) throw new Unproven('reads a getter');
    return property.value;
  }
  return undefined;
}

/** @returns the receiver, if it has no Proxy on its prototype chain and no getter where Node.js keeps its state. @throws else. */
function receiver(self: unknown): object {
  if (!isObject(self)) throw new TypeError('Illegal invocation');
  for (let holder: object | null = self; holder !== null; holder = getPrototypeOf(holder)) {
    if (isProxy(holder)) throw new Tainted(PROXY);
    if (holder !== self) continue;
    const symbols = symbolsOf(holder);
    for (let index = 0; index < symbols.length; index++) {
      if (ownProperty(holder, symbols[index] ?? '')?.isAccessor === true)
        throw new Unproven('meets an object with getters');
    }
  }
  return self;
}

/** What `request.headers` makes of the raw headers at its first use, without keeping it. */
function headers(self: object): unknown {
  const made = behindSymbol(self, 'kHeaders');
  if (isObject(made)) return made;
  const raw = readProperty(self, 'rawHeaders');
  const count = behindSymbol(self, 'kHeadersCount');
  if (!isObject(raw) || isProxy(raw) || typeof count !== 'number' || count > MAX_HEADERS)
    throw new Unproven('has no raw headers');
  const joinsAll = readProperty(self, 'joinDuplicateHeaders') === true;
  const all = {};
  for (let index = 0; index < count; index += 2) {
    const given = readItem(raw, index);
    if (typeof given !== 'string') continue;
    const name = lower(given);
    const value = readItem(raw, index + 1);
    const before = ownProperty(all, name);
    const old = before?.isAccessor === false ? before.value : undefined;
    if (name === 'set-cookie') define(all, name, isMarker(value) ? value : [value]);
    else if (old === undefined || isMarker(old) || isMarker(value)) define(all, name, old ?? value);
    else if (name === 'cookie') define(all, name, `${old as string}; ${value as string}`);
    else if (joinsAll || ONCE[name] !== true) define(all, name, `${old as string}, ${value as string}`);
  }
  return all;
}

/** What `response.getHeader(name)` looks up. */
function header(self: object, name: unknown): unknown {
  if (typeof name !== 'string') throw new TypeError('The "name" argument must be of type string');
  const all = behindSymbol(self, 'kOutHeaders');
  if (!isObject(all)) return undefined;
  return readProperty(all, lower(name));
}

function headerValue(self: object, name: unknown): unknown {
  const entry = header(self, name);
  return isObject(entry) && !isMarker(entry) ? readItem(entry, 1) : entry;
}

/** The address of a socket's peer, which Node.js gets from the system once, and keeps. */
function peername(self: object): unknown {
  const known = readProperty(self, '_peername');
  if (isObject(known)) return known;
  // On some sockets `_handle` is a getter of Node.js for the value under the symbol.
  const handle = behindSymbol(self, 'kHandle') ?? readProperty(self, '_handle');
  const out = {};
  if (!isObject(handle) || isProxy(handle) || readProperty(self, 'connecting') === true) return out;
  const ask = readProperty(handle, 'getpeername');
  if (!isCallable(ask) || isProxy(ask) || !isNative(ask)) throw new Unproven('has a socket of another kind');
  apply(ask, handle, [out] as never[]);
  return out;
}

/** @returns what the guard runs in the place of a function of Node.js. */
export function runOfNode(
  kind: NodeFunction,
  fn: Callable,
): (guard: unknown, self: unknown, args: unknown[]) => unknown {
  return (_, given, args) => {
    const self = receiver(given);
    switch (kind) {
      case 'headers':
        return headers(self);
      case 'getHeader':
        return headerValue(self, args[0]);
      case 'hasHeader':
        return header(self, args[0]) !== undefined;
      case 'peername':
        return peername(self);
      default:
        // The function would convert objects to text, and so run their code.
        for (let index = 0; index < args.length; index++) {
          if (isObject(args[index])) throw new Unproven('is given an object');
        }
        return apply(fn, self, args as never[]);
    }
  };
}
