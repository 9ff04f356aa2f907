/**
 * What an expression yields in the place of a value that must not be read: frozen, and recognized by identity. Every operator and
 * call that a marker takes part in yields the marker, so nothing can be learned of the value behind it.
 */
export interface Marker {
  readonly marker: 'getter' | 'proxy' | 'redacted' | 'unavailable';
}

function marker(kind: Marker['marker']): Marker {
  return Object.freeze(Object.assign(Object.create(null), { marker: kind }));
}

/** A getter that was not run. */
export const GETTER: Marker = marker('getter');
/** A Proxy whose traps were not run. */
export const PROXY: Marker = marker('proxy');
/** A value behind a redacted name. */
export const REDACTED: Marker = marker('redacted');

/** A value that is not known, such as `$elapsed` of an activation whose beginning was missed. */
export const UNAVAILABLE: Marker = marker('unavailable');

export function isMarker(value: unknown): value is Marker {
  return value === REDACTED || value === GETTER || value === PROXY || value === UNAVAILABLE;
}

/** Thrown inside the guard when a marker takes part in a computation; the outermost operation yields the marker. */
export class Tainted {
  readonly marker: Marker;

  constructor(found: Marker) {
    this.marker = found;
  }
}

/** Wraps a value behind a redacted name that is to be hashed or measured; only the capture opens it. */
export class Sealed {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  /** @returns the value, in an object so that it may be undefined; undefined for what is not sealed. */
  static open(sealed: unknown): { readonly value: unknown } | undefined {
    return typeof sealed === 'object' && sealed !== null && #value in sealed ? { value: sealed.#value } : undefined;
  }
}
