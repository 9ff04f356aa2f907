/** One line of the final table: what was measured beside what design section 8 wants. */
export interface Figure {
  readonly what: string;
  readonly measured: string;
  readonly goal: string;
  /** Undefined where the goal belongs to a placement that does not exist yet. */
  readonly met?: boolean;
}

/** @param share 0.5 for the median, 0.99 for p99; of a sorted copy. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
export const microseconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} µs`;
export const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

export function printTable(figures: readonly Figure[]): void {
  const rows = figures.map(({ what, measured, goal, met }) => [
    what,
    measured,
    goal,
    met === undefined ? '–' : met ? 'met' : 'NOT MET',
  ]);
  const head = ['figure', 'measured', 'goal', ''];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of [head, ...rows])
    console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
}
