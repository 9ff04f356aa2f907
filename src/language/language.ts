/** Which special variables of a function's exit an expression uses: `$return`, `$error`. */
export interface ExpressionUse {
  readonly usesReturn: boolean;
  readonly usesError: boolean;
}

/**
 * What operator, CLI and local mode know of a language whose programs are probed. Nothing here asks a process: what only a process knows,
 * its runtime checks.
 */
export interface Language {
  /** As processes declare it (ProcessInfo.language), in lower case. */
  readonly name: string;
  /**
   * Refuses what no process of this language can ever allow.
   * @throws ExpressionError with the position in `source`, counted from 0.
   */
  checkExpression(source: string): ExpressionUse;
  /**
   * The index of the brace that closes the placeholder of a message whose expression starts at `start`, past those in strings and blocks
   * of the expression; undefined when none does.
   * @throws ExpressionError with the position in `message`, counted from 0.
   */
  placeholderEnd(message: string, start: number): number | undefined;
}
