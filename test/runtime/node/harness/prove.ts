import type { ProofSource, Proven } from '../../../../src/runtime/node/application/guard/guard.ts';
import { compileFunction } from '../../../../src/runtime/node/worker/proofs/compile-function.ts';
import { NotProvable, parseFunction } from '../../../../src/runtime/node/worker/proofs/function-source.ts';

/** Proofs at once, for functions whose variables around them are given: what engine and worker do together. */
export class Proofs implements ProofSource {
  readonly #around: Readonly<Record<string, unknown>>;
  readonly #known = new Map<unknown, Proven | string>();

  constructor(around: Readonly<Record<string, unknown>> = {}) {
    this.#around = around;
  }

  of(fn: (...args: never[]) => unknown): Proven | string {
    const known = this.#known.get(fn) ?? this.#prove(fn);
    this.#known.set(fn, known);
    return known;
  }

  #prove(fn: (...args: never[]) => unknown): Proven | string {
    const text = Function.prototype.toString.call(fn);
    if (text.includes('[native code]')) return 'is native code';
    try {
      const source = parseFunction(text);
      const captured = [...source.bindings.free].filter((name) => Object.hasOwn(this.#around, name));
      const { parameters, code, usesThis, names } = compileFunction(source, captured);
      const run = new Function(...parameters, code) as Proven['run'];
      return { run, free: captured.map((name) => this.#around[name]), needsObject: usesThis, names, skip: 0 };
    } catch (error) {
      if (!(error instanceof NotProvable)) throw error;
      return error.message;
    }
  }
}
