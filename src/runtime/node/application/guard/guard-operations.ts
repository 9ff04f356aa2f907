import type { CutTexts } from '../../../../redaction/cut-secrets.ts';
import type { Callable } from './intrinsics.ts';

/**
 * What compiled expressions (language/javascript/compile-expression.ts) call for every operation. Operations throw what the language would throw
 * (TypeError, ReferenceError, RangeError), NeedsPause, or GuardRefusal; a marker that takes part comes back as the result.
 */
export interface Guard {
  /** What Davylamp offers to expressions; set by the engine before it evaluates. */
  $trace: unknown;
  $elapsed: unknown;
  $return: unknown;
  $error: unknown;
  /** Reads a variable whose scope V8 has left at the place; set like those. */
  left: (name: string) => unknown;
  readonly redacted: unknown;
  readonly getter: unknown;
  /** Starts the count of steps anew, for the next hit. */
  reset(): void;
  /** The texts that were cut since this was last asked. */
  cuts(): CutTexts | undefined;
  accessor(name: string): boolean;
  get(object: unknown, key: unknown, name?: string): unknown;
  /** A private field or method; `has` and `read` are made where its name is known. */
  private(object: unknown, name: string, has: (object: object) => boolean, read: (object: object) => unknown): unknown;
  /** A variable, or a property, with a redacted name, sealed. */
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
  /** @param isBare whether it has no prototype. */
  object(parts: unknown[][], isBare?: boolean): unknown;
  fallback(value: unknown, otherwise: () => unknown): unknown;
  /** What is taken apart like an array. */
  list(value: unknown): unknown;
  element(list: unknown, index: number): unknown;
  rest(list: unknown, index: number): unknown;
}
