/**
 * A file in which lines of code are few.
 */

export function run(): number {
  // Nothing here.
  const value = /* inline */ 7;

  /* Several
     lines */
  const result = compute(value); // @log value {value}
  return result;
}

function compute(
  value: number,
): number {
  const squared = value * value;

  return ( // @log squared {squared}
    squared +
    value
  );
}
