const BITS = 22;

/** Finds runs of some characters of secrets in whatever is said, in time that does not depend on how many secrets there are. */
export class Leaks {
  readonly #length: number;
  readonly #runs = new Map<string, string>();
  readonly #hashes = new Uint8Array(1 << BITS);

  constructor(length: number) {
    this.#length = length;
  }

  add(secret: string): void {
    for (let at = 0; at + this.#length <= secret.length; at++) {
      const run = secret.slice(at, at + this.#length);
      this.#runs.set(run, secret);
      this.#hashes[hash(run, 0, this.#length)] = 1;
    }
  }

  /** @returns what was seen of a secret. */
  find(text: string): { run: string; secret: string; around: string } | undefined {
    for (let at = 0; at + this.#length <= text.length; at++) {
      if (this.#hashes[hash(text, at, this.#length)] !== 1) continue;
      const run = text.slice(at, at + this.#length);
      const secret = this.#runs.get(run);
      if (secret !== undefined) return { run, secret, around: text.slice(Math.max(0, at - 200), at + 100) };
    }
    return undefined;
  }
}

function hash(text: string, from: number, length: number): number {
  let mixed = 0;
  for (let at = from; at < from + length; at++) mixed = Math.imul(mixed, 31) + text.charCodeAt(at);
  return (mixed ^ (mixed >>> BITS)) & ((1 << BITS) - 1);
}
