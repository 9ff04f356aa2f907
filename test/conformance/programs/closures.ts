function makeCounter(step: number) {
  let count = 0;
  return function next(by: number): number {
    const before = count;
    count += step * by;
    if (before > 5) count += 0; // @snapshot when before === 6
    return count - before; // @log {before} to {count} in steps of {step}
  };
}

export function run(): number {
  const next = makeCounter(2);
  const total = [1, 2, 3].map((value) => {
    const count = next(value);
    {
      const value = `inner ${count}`;
      if (value.length > 100) return value.length;
    }
    return count + value; // @log outer value {value} count {count}
  });
  const last = total[2] ?? 0;
  return next(last); // @snapshot watch last + 1, total
}
