import { isRedactedName } from '../../../../redaction/identifiers.ts';
import { FunctionCompiler } from './function-compiler.ts';
import type { FunctionSource } from './function-source.ts';

/** The body of a function, made of guard operations only. */
export interface CompiledFunction {
  /** Guard, receiver, array of arguments, array of captured values. */
  readonly parameters: readonly string[];
  readonly code: string;
  readonly usesThis: boolean;
  /** Variables that it reads, whose names a probe may want hidden besides those that always are. */
  readonly names: readonly string[];
}

/**
 * The proof that a function of the application leaves the program as it is: its source holds nothing but what the guard can
 * check while it runs. Throws NotProvable otherwise.
 * @param captured names of variables around the function that keep their values.
 */
export function compileFunction(source: FunctionSource, captured: readonly string[]): CompiledFunction {
  const compiler = new FunctionCompiler(source, captured);
  const code = compiler.compile();
  const names = [...new Set([...source.bindings.bindingOf.keys()].map(({ name }) => name).concat(captured))].filter(
    (name) => !isRedactedName(name),
  );
  return { parameters: compiler.parameters, code, usesThis: compiler.usesThis, names };
}
