/**
 * What an expression yields in the place of a value that must not be read: frozen, and known by identity. A marker spreads
 * through every operator and call that it takes part in, so nothing can be learned of the value behind it.
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

/** A value that nobody knows here: the time of an activation whose beginning was not seen. */
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

/** A value behind a redacted name on its way to be hashed, which only the capture may open. */
export class Sealed {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  /** The value in a list of its own; undefined for what is not sealed. */
  static open(sealed: unknown): { readonly value: unknown } | undefined {
    return typeof sealed === 'object' && sealed !== null && #value in sealed ? { value: sealed.#value } : undefined;
  }
}
