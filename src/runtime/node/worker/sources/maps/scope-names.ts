import type { Position } from '../../../channel/positions.ts';
import type { GeneratedRange, OriginalScope } from './map-scopes.ts';

const PATH = /^[\p{ID_Start}$_][\p{ID_Continue}$]*(?:\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*$/u;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
/** Words of the language that look like variables. */
const WORDS = /^(?:this|super|null|true|false|undefined|new|import|arguments)(?:\.|$)/;

/** What the scopes of a source map tell of names. */
export class ScopeNames {
  readonly #ranges: readonly GeneratedRange[];

  constructor(ranges: readonly GeneratedRange[]) {
    this.#ranges = ranges;
  }

  /**
   * @returns what code at the position reads for a variable of the source: a name or a path such as `orders.limit`; null
   *   where the variable has no value in generated code; undefined where the map does not tell.
   */
  read(name: string, position: Position): string | null | undefined {
    const around = this.#around(position);
    let scope = around.find(({ definition }) => definition !== undefined)?.definition;
    for (; scope !== undefined; scope = scope.parent) {
      const index = scope.variables.lastIndexOf(name);
      if (index < 0) continue;
      const range = around.find(({ definition }) => definition === scope);
      if (range === undefined) return null;
      if (range.bindings.length === 0) return undefined;
      const expression = expressionAt(range, index, position);
      if (expression === undefined) return null;
      return PATH.test(expression) && !WORDS.test(expression) ? expression : undefined;
    }
    return undefined;
  }

  /** @returns what the source calls the variable that code at the position reads by that name. */
  nameOf(generated: string, position: Position): string | undefined {
    if (!IDENTIFIER.test(generated)) return undefined;
    for (const range of this.#around(position)) {
      const { variables = [] } = range.definition ?? {};
      const index = variables.findIndex((_, at) => expressionAt(range, at, position) === generated);
      if (index >= 0) return variables[index];
    }
    return undefined;
  }

  /** @returns what the source calls the function that runs at the position. */
  functionAt(position: Position): string | undefined {
    const range = this.#around(position).find(({ frame }) => frame !== 'none');
    let scope: OriginalScope | undefined = range?.frame === 'original' ? range.definition : undefined;
    while (scope !== undefined && !scope.isStackFrame) scope = scope.parent;
    return scope?.name;
  }

  /** Innermost first. */
  #around(position: Position): GeneratedRange[] {
    const found: GeneratedRange[] = [];
    let ranges = this.#ranges;
    for (;;) {
      const range = ranges.find(({ start, end }) => !isBefore(position, start) && isBefore(position, end));
      if (range === undefined) return found;
      found.unshift(range);
      ranges = range.children;
    }
  }
}

function expressionAt({ bindings }: GeneratedRange, index: number, position: Position): string | undefined {
  return bindings[index]?.findLast(({ from }) => !isBefore(position, from))?.expression;
}

function isBefore(a: Position, b: Position): boolean {
  return a.line === b.line ? a.column < b.column : a.line < b.line;
}
