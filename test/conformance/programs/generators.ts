function* count(from: number, to: number): Generator<number, string, number | undefined> {
  let skipped = 0;
  for (let value = from; value <= to; value += 1) {
    const skip = yield value; // @log at {value}, skipped {skipped}
    if (skip !== undefined) skipped += skip;
  }
  return `skipped ${skipped} of ${to}`; // @log ends with {skipped}
}

export function run(): string {
  const counter = count(1, 3);
  counter.next();
  counter.next(5);
  counter.next();
  const { value, done } = counter.next();
  const numbers = [...count(7, 8)];
  return `${value} ${done} ${numbers}`; // @log {value} {done} {numbers}
}
