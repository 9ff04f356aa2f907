function factorial(value: number): number {
  if (value <= 1) return 1; // @snapshot when value === 1
  const rest = factorial(value - 1);
  return value * rest; // @log {value} times {rest}
}

const fibonacci = (value: number): number => (value < 2 ? value : fibonacci(value - 1) + fibonacci(value - 2)); // @log when value === 4: fibonacci {value}

export function run(): number {
  const results = [factorial(3), fibonacci(5)];
  return results.length + (results[0] ?? 0); // @log {results}
}
