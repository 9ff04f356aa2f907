export function run(): number {
  const first = 1;
  const second = first + 1; // @log first {first}

  const sum = first + second;
  return sum * sum + second; // @log {first} {second} {sum}
}
