import { isRedactedName } from '../../../../redaction/identifiers.ts';
import { qualifiedName } from '../qualified-name.ts';
import { EvaluationTimeout, NeedsPause, NotCalled, SideEffectRefused } from './guard-errors.ts';
import {
  apply,
  type Callable,
  isArray,
  isCallable,
  isNotANumber,
  isObject,
  isProxy,
  isTypedArray,
  mapGet,
  ownProperty,
  slice,
  startsWith,
  weakSetAdd,
  weakSetHas,
  withoutInherited,
} from './intrinsics.ts';
import { GETTER, isMarker, PROXY, REDACTED, Tainted } from './markers.ts';
import { type CallLevel, Hidden, type ProofSource, type Proven, Unproven } from './proven/proof-source.ts';
import { getterOf, isHiddenKey, readItem, readProperty } from './read.ts';
import { namesSecrets } from './secrets/named-secrets.ts';
import { Cuts } from './secrets/text-cuts.ts';

export type Primitive = string | number | bigint | boolean | symbol | null | undefined;

/** The guard's version of one of the language's functions, which runs no code of the application. */
export type Builtin = (evaluation: GuardedEvaluation, self: unknown, args: readonly unknown[]) => unknown;

export interface GuardOptions {
  /**
   * Runs a function of the application in a pause, under V8's side-effect check and a time limit. `why` says why it may not run
   * under the guard, as part of the message where V8 refuses it too.
   */
  readonly checkedCall?: (fn: Callable, self: unknown, args: unknown[], why: string) => unknown;
  /** Functions that may run under the guard. */
  readonly proofs?: ProofSource;
  /** How far functions of the application may be called; `Checked` unless given. */
  readonly calls?: CallLevel;
  /** Runs builtins whose time is not bounded, and stops them when time is up; without it they need a pause. */
  readonly unbounded?: <T>(run: () => T) => T;
  /** Bound of calls and iterations of one evaluation. */
  readonly maxSteps: number;
  /** Whether the time of the evaluation is up; called every {@link STEPS_PER_LOOK_AT_THE_CLOCK} steps. */
  readonly isLate?: () => boolean;
}

/** Characters that are read or made for one step. */
const CHARACTERS_PER_STEP = 256;
/** Characters of the longest string that is built. */
const MAX_STRING_LENGTH = 1_048_576;
const MAX_CALL_DEPTH = 100;
/** The clock is read only for every so many steps, since that costs more than a step. */
const STEPS_PER_LOOK_AT_THE_CLOCK = 256;

/**
 * What builtins and operators share during one evaluation: the count of steps, calls of functions, and the conversions of the
 * language, in which every call of the application's code goes through the guard too.
 */
export class GuardedEvaluation {
  readonly #builtins: ReadonlyMap<unknown, Builtin>;
  readonly #options: GuardOptions;
  /** Arrow functions of the expression itself. */
  readonly #arrows = new WeakSet();
  /** Arrays and iterators that the expression made, and so may change. */
  readonly #own = new WeakSet();
  /** Texts that were cut by what is evaluated. */
  readonly cuts = new Cuts();
  /** Makes the guard that the bodies of proven functions call; only when the evaluation first needs it. */
  makeGuard: () => object = () => ({});
  #guard: object | undefined;
  #steps = 0;
  #nextLook = STEPS_PER_LOOK_AT_THE_CLOCK;
  #depth = 0;
  #provenDepth = 0;

  constructor(options: GuardOptions, builtins: ReadonlyMap<unknown, Builtin>) {
    this.#options = options;
    this.#builtins = builtins;
  }

  reset(): void {
    this.#provenDepth = 0;
    this.#steps = 0;
    this.#nextLook = STEPS_PER_LOOK_AT_THE_CLOCK;
    this.#depth = 0;
  }

  tick(steps = 1): void {
    this.#steps += steps;
    if (this.#steps > this.#options.maxSteps) {
      throw new EvaluationTimeout(`the expression takes more than ${this.#options.maxSteps} steps`);
    }
    if (this.#steps < this.#nextLook) return;
    this.#nextLook = this.#steps + STEPS_PER_LOOK_AT_THE_CLOCK;
    if (this.#options.isLate?.() === true) throw new EvaluationTimeout('stopped because its time was over');
  }

  /** Counts work that grows with the length of strings. */
  charge(characters: number): void {
    this.tick(characters / CHARACTERS_PER_STEP);
  }

  arrow<T extends Callable>(fn: T): T {
    weakSetAdd(this.#arrows, fn);
    return fn;
  }

  own<T extends object>(value: T): T {
    weakSetAdd(this.#own, value);
    return value;
  }

  isOwn(value: unknown): boolean {
    return isObject(value) && weakSetHas(this.#own, value);
  }

  /** Reads a property without running a getter, which gives a marker. */
  get(value: unknown, key: PropertyKey): unknown {
    return readProperty(value, key);
  }

  /** Reads a property. A getter is called like a method: under the guard if it is proven, else checked in a pause, or not at all. */
  read(value: unknown, key: PropertyKey): unknown {
    const found = readProperty(value, key);
    if (found !== GETTER || !isObject(value) || key === 'stack') return found;
    if (this.#options.calls === 'PropertiesOnly') return GETTER;
    const getter = getterOf(value, key);
    if (getter === undefined || isProxy(getter)) return GETTER;
    return this.invoke(getter, value, [], typeof key === 'symbol' ? 'a getter' : `${key}`);
  }

  invoke(fn: unknown, self: unknown, args: unknown[], name = 'value'): unknown {
    if (isMarker(fn)) throw new Tainted(fn);
    if (!isCallable(fn)) throw new TypeError(`${name} is not a function`);
    if (isProxy(fn)) throw new Tainted(PROXY);
    this.tick();
    if (this.#depth >= MAX_CALL_DEPTH) throw new EvaluationTimeout('calls are nested too deep');
    this.#depth++;
    try {
      // Arrow functions of the expression may be given markers: their bodies are guarded themselves.
      if (weakSetHas(this.#arrows, fn)) return apply(fn, self, args as never[]);
      this.refuseMarkers(fn, self, args);
      const builtin = mapGet(this.#builtins, fn);
      if (builtin !== undefined) return builtin(this, self, withoutInherited(args));
      return this.#callApplication(fn, self, args, name);
    } finally {
      this.#depth--;
    }
  }

  /** Runs a builtin whose time is not bounded, where a pause can stop it. @throws NeedsPause elsewhere. */
  unbounded<T>(fn: unknown, self: unknown, args: readonly unknown[], run: () => T): T {
    // V8 checks the whole function in one evaluation, which costs less than one for each of its regular expressions.
    if (this.#provenDepth > 0) throw new SideEffectRefused('uses a regular expression');
    if (this.#options.unbounded !== undefined) return this.#options.unbounded(run);
    throw new NeedsPause('unbounded', isCallable(fn) ? fn : run, self, args as unknown[]);
  }

  /** @returns the error for what the guard does not support: `error` in an expression; a proven function is left to a checked call. */
  unsupported(message: string, error: Error): Error {
    return this.#provenDepth > 0 ? new SideEffectRefused(message) : error;
  }

  #callApplication(fn: Callable, self: unknown, args: unknown[], shown: string): unknown {
    // The function may look up a value by that name.
    for (let index = 0; index < args.length; index++) {
      if (isHiddenKey(args[index])) throw new Tainted(REDACTED);
    }
    const level = this.#options.calls ?? 'Checked';
    const proof = level === 'PropertiesOnly' ? undefined : this.#options.proofs?.of(fn);
    if (typeof proof === 'object' && (isObject(self) || !proof.needsObject)) {
      if (proof.skip === 0) return this.#callProven(proof, fn, self, args, shown);
      proof.skip--;
    }
    const name = nameOf(fn, self, shown);
    let why =
      level === 'Checked' && this.#provenDepth === 0 ? 'could change the program' : 'has not been looked at yet';
    if (typeof proof === 'string') why = proof;
    else if (proof !== undefined) why = proof.skip > 0 ? TOO_LONG : 'needs an object as this';
    else if (level === 'PropertiesOnly') why = 'is a function of the application';
    if (this.#provenDepth > 0) throw new Unproven(`${name} ${why}`, true);
    return this.#callOut(fn, self, args, name, `${name} ${why}`);
  }

  /** Runs a proven function under the guard. Where the guard has to stop it, no effect has happened, so V8 may run it from its beginning. */
  #callProven(proof: Proven, fn: Callable, self: unknown, args: unknown[], shown: string): unknown {
    for (let index = 0; index < proof.names.length; index++) {
      const name = proof.names[index] ?? '';
      if (isRedactedName(name)) throw new NotCalled(`${nameOf(fn, self, shown)} reads ${name}, which is hidden`);
    }
    const steps = this.#steps;
    const depth = this.#depth;
    let why: string;
    this.#provenDepth++;
    try {
      this.#guard ??= this.makeGuard();
      const result = proof.run(this.#guard, self, args, proof.free);
      // The function returns what a getter would give, which a checked call may run.
      if (result === GETTER) throw new Unproven('reads a getter');
      return result;
    } catch (error) {
      if (error instanceof Hidden) throw new Tainted(error.marker);
      if (error instanceof Unproven)
        why = error.isNamed ? error.message : `${nameOf(fn, self, shown)} ${error.message}`;
      else if (error instanceof SideEffectRefused) why = `${nameOf(fn, self, shown)} ${error.message}`;
      else if (error instanceof EvaluationTimeout && this.#provenDepth === 1 && this.#options.isLate?.() !== true) {
        proof.skip = CALLS_TO_SKIP;
        why = `${nameOf(fn, self, shown)} ${TOO_LONG}`;
      } else throw error;
      if (this.#provenDepth > 1) throw new Unproven(why, true);
    } finally {
      this.#provenDepth--;
    }
    this.#steps = steps;
    this.#depth = depth;
    return this.#callOut(fn, self, args, nameOf(fn, self, shown), why);
  }

  #callOut(fn: Callable, self: unknown, args: unknown[], name: string, why: string): unknown {
    const { checkedCall, calls } = this.#options;
    if (calls !== undefined && calls !== 'Checked') {
      throw new SideEffectRefused(`${why}, and calls are allowed only as far as ${calls}`);
    }
    // Outside of the guard nothing hides values behind redacted names.
    const secret = namesSecrets(fn, self, args);
    if (secret !== undefined) throw new NotCalled(`${name} ${secret}`);
    if (checkedCall === undefined) throw new NeedsPause('call', fn, self, args);
    return checkedCall(fn, self, args, why);
  }

  refuseMarkers(first: unknown, second: unknown, more: readonly unknown[]): void {
    if (isMarker(first)) throw new Tainted(first);
    if (isMarker(second)) throw new Tainted(second);
    for (let index = 0; index < more.length; index++) {
      const value = more[index];
      if (isMarker(value)) throw new Tainted(value);
    }
  }

  truth(value: unknown): boolean {
    if (isMarker(value)) throw new Tainted(value);
    return !!value;
  }

  /** ToPrimitive of ECMAScript. */
  primitive(value: unknown, hint: 'default' | 'number' | 'string'): Primitive {
    if (isMarker(value)) throw new Tainted(value);
    if (typeof value === 'string' && hint === 'number') this.charge(value.length);
    if (!isObject(value)) return value as Primitive;
    this.tick();
    const exotic = this.get(value, Symbol.toPrimitive);
    if (isMarker(exotic)) throw new Tainted(exotic);
    if (exotic !== undefined && exotic !== null) {
      const converted = this.invoke(exotic, value, [hint], 'Symbol.toPrimitive');
      if (isMarker(converted)) throw new Tainted(converted);
      if (!isObject(converted)) return converted as Primitive;
      throw new TypeError('Cannot convert object to primitive value');
    }
    return this.ordinaryPrimitive(value, hint === 'string');
  }

  ordinaryPrimitive(value: object, stringFirst: boolean): Primitive {
    for (let turn = 0; turn < 2; turn++) {
      const method = this.get(value, (turn === 0) === stringFirst ? 'toString' : 'valueOf');
      if (isMarker(method)) throw new Tainted(method);
      if (!isCallable(method)) continue;
      const converted = this.invoke(method, value, []);
      if (isMarker(converted)) throw new Tainted(converted);
      if (!isObject(converted)) return converted as Primitive;
    }
    throw new TypeError('Cannot convert object to primitive value');
  }

  string(value: unknown): string {
    const primitive = this.primitive(value, 'string');
    if (typeof primitive === 'string') return primitive;
    return text(primitive);
  }

  number(value: unknown): number {
    return +(this.primitive(value, 'number') as number);
  }

  /** ToIntegerOrInfinity of ECMAScript, as for positions: NaN is 0, undefined is `otherwise`. */
  integer(value: unknown, otherwise = 0): number {
    if (value === undefined) return otherwise;
    const number = this.number(value);
    if (isNotANumber(number)) return 0;
    return number < 0 ? -floor(-number) : floor(number);
  }

  key(value: unknown): PropertyKey {
    if (isMarker(value)) throw new Tainted(value);
    const primitive = this.primitive(value, 'string');
    if (typeof primitive === 'number') return primitive;
    if (typeof primitive === 'string') this.charge(primitive.length);
    return typeof primitive === 'symbol' ? primitive : text(primitive);
  }

  /** @returns the length of an array, a typed array, or the arguments of a function. @throws a TypeError for anything else. */
  lengthOf(list: unknown): number {
    if (isObject(list)) {
      if (isProxy(list)) throw new Tainted(PROXY);
      const length = isArray(list) || isTypedArray(list) ? list.length : this.get(list, 'length');
      if (isMarker(length)) throw new Tainted(length);
      if (typeof length === 'number' && length >= 0) return floor(length);
    }
    if (typeof list === 'string') return list.length;
    throw new TypeError('the receiver is not an array');
  }

  itemOf(list: unknown, index: number): unknown {
    this.tick();
    return isObject(list) ? readItem(list, index) : this.get(list, index);
  }

  /** Refuses a string that is about to be built if it is too long. */
  refuseLength(length: number): void {
    if (length > MAX_STRING_LENGTH) {
      throw new EvaluationTimeout(`a string of more than ${MAX_STRING_LENGTH} characters would be built`);
    }
  }
}

/** A function that took too many steps runs under the guard again only after this many calls. */
const CALLS_TO_SKIP = 100;
const TOO_LONG = 'takes too many steps to be watched';

/** @returns the name of a function for people: `Order.total`, else as it is written in the expression. */
function nameOf(fn: Callable, self: unknown, shown: string): string {
  const name = ownProperty(fn, 'name');
  const own = name !== undefined && !name.isAccessor && typeof name.value === 'string' ? name.value : '';
  if (own === '') return shown;
  return qualifiedName(startsWith(own, 'get ') ? slice(own, 4) : own, self);
}

/** ToString of a primitive. @throws the TypeError of the language for a symbol. */
function text(primitive: unknown): string {
  return `${primitive as string}`;
}

const { floor } = Math;
