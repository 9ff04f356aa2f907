export function run(): number {
  let a = 1; let b = 2; let c = a + b; // @log one line {a}
  const chained = [5, 6, 7]
    .map((value) => value * c)
    .filter((value) => value > 15); // @log when value > 18: chain {value}
  if (a > 5) {
    b = 10;
  } else if (c === 3) {
    b = 20; // @log else {c}
  }
  const choice = b > 15
    ? chained.length
    : -1;
  a = b, c = choice; // @log comma {a} {b} {choice}

  ;
  const fn = function inner(depth: number): number {
    return depth === 0 ? c : inner(depth - 1); // @log depth {depth}
  };
  debugger_: {
    if (fn(1) > 0) break debugger_;
    a = 100;
  }
  return a + b + c + chained.length; // @log {a} {b} {c} {chained}
}
