import { FunctionCompiler } from './function-compiler.ts';
import type { FunctionSource } from './function-source.ts';

/** The body of a function, made of guard operations only. */
export interface CompiledFunction {
  /** Guard, receiver, array of arguments, array of captured values. */
  readonly parameters: readonly string[];
  readonly code: string;
  readonly usesThis: boolean;
}

/**
 * The proof that a function of the application leaves the program as it is: its source holds nothing but what the guard can
 * check while it runs. Throws NotProvable otherwise.
 * @param captured names of variables around the function that keep their values.
 */
export function compileFunction(source: FunctionSource, captured: readonly string[]): CompiledFunction {
  const compiler = new FunctionCompiler(source, captured);
  const code = compiler.compile();
  return { parameters: compiler.parameters, code, usesThis: compiler.usesThis };
}
