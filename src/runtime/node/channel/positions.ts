/** Places in generated code as V8 counts them: lines and columns from 0. */

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Site extends Position {
  readonly scriptId: string;
  /** V8 stops there with the result of the function, and has left the scopes inside of it. */
  readonly isReturn?: boolean;
}

export interface BreakLocation extends Position {
  readonly type?: 'debuggerStatement' | 'call' | 'return';
}

/** The end is not in it. */
export interface PositionRange {
  readonly start: Position;
  readonly end: Position;
}

export function isInRange({ start, end }: PositionRange, position: Position): boolean {
  return !isBefore(position, start) && isBefore(position, end);
}

function isBefore(one: Position, other: Position): boolean {
  return one.line < other.line || (one.line === other.line && one.column < other.column);
}
