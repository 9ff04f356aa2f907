import { compileFunction } from 'node:vm';
import type { FunctionPlace, ProofAnswer } from '../../../channel/function-proof.ts';
import type { Notice } from '../../../channel/notices.ts';
import type { CapturedScopes } from '../../debugger/captured-scopes.ts';
import {
  append,
  apply,
  type Callable,
  endsWith,
  isCallable,
  isProxy,
  mapGet,
  mapped,
  mapSet,
  ownKeys,
  ownProperty,
  sourceOf,
  weakMapDelete,
  weakMapGet,
  weakMapSet,
} from '../intrinsics.ts';
import { runOfNode } from './node-functions.ts';
import type { ProofSource, Proven } from './proof-source.ts';

/** Functions that the worker is proving at a time. */
const MAX_PENDING = 50;
/** Characters of the longest source that is sent to the worker. */
const MAX_SOURCE = 50_000;
/** Proofs that are kept: while the debugger is enabled V8 holds some kilobytes for each piece of compiled code. */
const MAX_COMPILED = 500;
const AGAIN_MILLISECONDS = 1000;
/** Functions that a proven one refers to are proven in advance, up to this distance from the function that a hit met. */
const MAX_AHEAD = 2;

const { create } = Object;

interface Known {
  /** Undefined while the worker is proving the function. */
  readonly proof: Proven | string | undefined;
  /** Milliseconds of the clock from which on the worker is asked anew. */
  readonly again: number;
}

interface Pending {
  readonly fn: Callable;
  /** Distance from the function that a hit met, which has 0. */
  readonly depth: number;
  readonly source: string;
  scopes: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Which functions of the application may run under the guard. The first hit that meets a function has its source sent to the
 * worker, which proves it from what is written there (worker/proofs/prover.ts); later hits find the proof.
 */
export class Proofs implements ProofSource {
  readonly #notify: (notice: Notice) => void;
  readonly #scopes: CapturedScopes;
  readonly #now: () => number;
  readonly #known = new WeakMap<Callable, Known>();
  /** Proofs, by source, of functions that use no outer variables: a program may create such functions anew at each hit. */
  #closed = new Map<string, Proven | string>();
  #closedCount = 0;
  #compiled = new Map<string, Proven['run']>();
  #compiledCount = 0;
  #pending: Record<number, Pending> = create(null);
  #pendingCount = 0;
  #lastId = 0;

  constructor(notify: (notice: Notice) => void, scopes: CapturedScopes, now: () => number) {
    this.#notify = notify;
    this.#scopes = scopes;
    this.#now = now;
  }

  /** Called inside of hits. Asks the worker about a function that is not known yet. */
  of(fn: Callable): Proven | string | undefined {
    return this.#of(fn, 0);
  }

  #of(fn: Callable, depth: number): Proven | string | undefined {
    const known = weakMapGet(this.#known, fn);
    if (known !== undefined && this.#now() < known.again) return known.proof;
    const source = sourceOf(fn);
    if (endsWith(source, '{ [native code] }')) return this.#learn(fn, 'is native code');
    if (source.length > MAX_SOURCE) return this.#learn(fn, `is longer than ${MAX_SOURCE} characters`);
    const closed = known === undefined ? mapGet(this.#closed, source) : undefined;
    if (closed !== undefined) return this.#learn(fn, closed);
    if (this.#pendingCount >= MAX_PENDING) return known?.proof;
    const id = ++this.#lastId;
    this.#pending[id] = { fn, depth, source, scopes: [] };
    this.#pendingCount++;
    weakMapSet(this.#known, fn, { proof: known?.proof, again: Number.POSITIVE_INFINITY });
    this.#notify({ type: 'prove', id, source });
    return known?.proof;
  }

  #learn(fn: Callable, proof: Proven | string, again = Number.POSITIVE_INFINITY): Proven | string {
    weakMapSet(this.#known, fn, { proof, again });
    return proof;
  }

  /** @returns where the function is, and which of the names are variables around it. */
  place(id: number, wanted: readonly string[]): FunctionPlace | undefined {
    const pending = this.#pending[id];
    if (pending === undefined) return undefined;
    const found = this.#scopes.of(pending.fn, wanted);
    if (found === undefined) return undefined;
    pending.scopes = found.scopes;
    const { scriptId, line, column, hasWith, url } = found;
    return { scriptId, line, column, hasWith, url, names: mapped(found.scopes, (scope) => ownKeys(scope) as string[]) };
  }

  /** Takes the worker's answer about a function. */
  settle(id: number, answer: ProofAnswer): void {
    const pending = this.#pending[id];
    if (pending === undefined) return;
    delete this.#pending[id];
    this.#pendingCount--;
    const { fn } = pending;
    if ('refusal' in answer) {
      if (answer.isClosed === true) this.#keep(pending.source, answer.refusal);
      this.#learn(fn, answer.refusal, answer.isTemporary ? this.#now() + AGAIN_MILLISECONDS : undefined);
      return;
    }
    if ('returns' in answer) {
      const run: Proven['run'] = () => apply(fn, undefined, []);
      this.#learn(fn, { run, free: [], names: [answer.returns], needsObject: false, skip: 0 });
      return;
    }
    if ('ofNode' in answer) {
      this.#learn(fn, { run: runOfNode(answer.ofNode, fn), free: [], names: [], needsObject: false, skip: 0 });
      return;
    }
    const free: unknown[] = [];
    for (let index = 0; index < answer.captured.length; index++) {
      const name = answer.captured[index] ?? '';
      const value = name === answer.ownName ? fn : valueIn(name, pending.scopes);
      if (value === undefined) {
        // The variable may not have its value yet.
        this.#learn(fn, `uses the outer variable ${name}, which is undefined`, this.#now() + AGAIN_MILLISECONDS);
        return;
      }
      append(free, value);
      // The function that the variable holds may be called by the proven one.
      if (pending.depth < MAX_AHEAD && isCallable(value) && !isProxy(value)) this.#of(value, pending.depth + 1);
    }
    try {
      const run = this.#compile(answer.code, answer.parameters);
      const proof: Proven = { run, free, names: answer.names, needsObject: answer.needsObject, skip: 0 };
      if (answer.isClosed) this.#keep(pending.source, proof);
      this.#learn(fn, proof);
    } catch {
      this.#learn(fn, 'cannot be compiled');
    }
  }

  #keep(source: string, proof: Proven | string): void {
    if (++this.#closedCount > MAX_COMPILED) {
      this.#closed = new Map();
      this.#closedCount = 1;
    }
    mapSet(this.#closed, source, proof);
  }

  #compile(code: string, parameters: readonly string[]): Proven['run'] {
    const known = mapGet(this.#compiled, code);
    if (known !== undefined) return known;
    const run = compileFunction(code, parameters) as Proven['run'];
    if (++this.#compiledCount > MAX_COMPILED) {
      this.#compiled = new Map();
      this.#compiledCount = 1;
    }
    mapSet(this.#compiled, code, run);
    return run;
  }

  /** The worker has ended: functions that it was asked about are asked about anew. */
  reset(): void {
    const ids = ownKeys(this.#pending);
    for (let index = 0; index < ids.length; index++) {
      const pending = this.#pending[ids[index] as unknown as number];
      if (pending !== undefined) weakMapDelete(this.#known, pending.fn);
    }
    this.#pending = create(null);
    this.#pendingCount = 0;
  }
}

function valueIn(name: string, scopes: readonly Readonly<Record<string, unknown>>[]): unknown {
  for (let index = 0; index < scopes.length; index++) {
    const property = ownProperty(scopes[index] ?? {}, name);
    if (property !== undefined) return property.isAccessor ? undefined : property.value;
  }
  return undefined;
}
