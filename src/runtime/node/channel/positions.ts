/** Positions in generated code as V8 counts them: lines and columns from 0. */

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Site extends Position {
  readonly scriptId: string;
  /** Whether V8 stops there where the function returns: it shows the result, and has left the scopes inside of the function. */
  readonly isReturn?: boolean;
}

export interface BreakLocation extends Position {
  readonly type?: 'debuggerStatement' | 'call' | 'return';
}

/** A range whose end is exclusive. */
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
