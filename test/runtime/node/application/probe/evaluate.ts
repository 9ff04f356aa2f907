import { compileExpression } from '../../../../../src/language/javascript/compile-expression.ts';
import { createGuard, type GuardOptions } from '../../../../../src/runtime/node/application/guard/guard.ts';

/** Evaluates an expression in a scope of the given variables, the way the engine does at a line. */
export function evaluate(
  source: string,
  scope: Readonly<Record<string, unknown>> = {},
  options: Partial<GuardOptions> = {},
  rename?: (identifier: string) => string,
): unknown {
  const compiled = compileExpression(source, rename);
  const names = Object.keys(scope);
  const run = new Function(...names, `return ($) => ${compiled.source}`)(...names.map((name) => scope[name]));
  return run(createGuard({ maxSteps: 10_000, ...options }));
}

/** What an evaluation ended with: its value, or the class of what it threw. */
export function outcome(run: () => unknown): { value: unknown } | { thrown: string } {
  try {
    return { value: run() };
  } catch (error) {
    return { thrown: error instanceof Error ? error.constructor.name : typeof error };
  }
}
