/** Finds runs of some characters of secrets in whatever is said, in time that does not depend on how many secrets there are. */
export class Leaks {
  readonly #length: number;
  readonly #bits: number;
  readonly #runs = new Map<string, string>();
  readonly #hashes: Uint8Array;

  /** @param bits of the hash that is looked at first. */
  constructor(length: number, bits = 22) {
    this.#length = length;
    this.#bits = bits;
    this.#hashes = new Uint8Array(1 << bits);
  }

  add(secret: string): void {
    for (let at = 0; at + this.#length <= secret.length; at++) {
      const run = secret.slice(at, at + this.#length);
      this.#runs.set(run, secret);
      this.#hashes[this.#hash(run, 0)] = 1;
    }
  }

  /** @returns what was seen of a secret. */
  find(text: string): { run: string; secret: string; around: string } | undefined {
    for (let at = 0; at + this.#length <= text.length; at++) {
      if (this.#hashes[this.#hash(text, at)] !== 1) continue;
      const run = text.slice(at, at + this.#length);
      const secret = this.#runs.get(run);
      if (secret !== undefined) return { run, secret, around: text.slice(Math.max(0, at - 200), at + 100) };
    }
    return undefined;
  }

  #hash(text: string, from: number): number {
    let mixed = 0;
    for (let at = from; at < from + this.#length; at++) mixed = Math.imul(mixed, 31) + text.charCodeAt(at);
    return (mixed ^ (mixed >>> this.#bits)) & ((1 << this.#bits) - 1);
  }
}
