import type { CutTexts } from '../../../../redaction/cut-secrets.ts';
import type { Callable } from './intrinsics.ts';

/**
 * What compiled expressions (language/javascript/compile-expression.ts) call for every operation. Operations throw what the language would throw
 * (TypeError, ReferenceError, RangeError), NeedsPause, or GuardRefusal; a marker that takes part comes back as the result.
 */
export interface Guard {
  /** The special variables of expressions; set before each evaluation. */
  $trace: unknown;
  $elapsed: unknown;
  $return: unknown;
  $error: unknown;
  /** Reads a variable whose scope V8 has left at the site; set before each evaluation too. */
  left: (name: string) => unknown;
  readonly redacted: unknown;
  readonly getter: unknown;
  /** Makes the guard ready for the next hit: the count of steps starts anew. */
  reset(): void;
  /** @returns the texts that were cut since the last call. */
  cuts(): CutTexts | undefined;
  accessor(name: string): boolean;
  get(object: unknown, key: unknown, name?: string): unknown;
  /** Reads a private field or method; `has` and `read` are compiled inside of the class, where its name is in scope. */
  private(object: unknown, name: string, has: (object: object) => boolean, read: (object: object) => unknown): unknown;
  /** The value of a variable (`hidden`) or property (`hiddenOf`) with a redacted name, in a {@link Sealed}. */
  hidden(value: unknown): unknown;
  hiddenOf(object: unknown, key: string): unknown;
  optional(value: unknown, rest: (value: unknown) => unknown): unknown;
  call(object: unknown, key: unknown, args: unknown[], name?: string): unknown;
  invoke(fn: unknown, self: unknown, args: unknown[], name?: string): unknown;
  construct(type: unknown, args: unknown[], name?: string): unknown;
  arrow<T extends Callable>(fn: T): T;
  binary(operator: string, left: unknown, right: unknown): unknown;
  unary(operator: string, value: unknown): unknown;
  and(left: unknown, right: () => unknown): unknown;
  or(left: unknown, right: () => unknown): unknown;
  coalesce(left: unknown, right: () => unknown): unknown;
  conditional(test: unknown, yes: () => unknown, no: () => unknown): unknown;
  template(texts: string[], values: unknown[]): unknown;
  spread(values: unknown[], spread: number[]): unknown;
  /** @param isBare whether the object has no prototype. */
  object(parts: unknown[][], isBare?: boolean): unknown;
  fallback(value: unknown, otherwise: () => unknown): unknown;
  /** The items of a value that is destructured like an array. */
  list(value: unknown): unknown;
  element(list: unknown, index: number): unknown;
  rest(list: unknown, index: number): unknown;
}
