export function run(): string {
  const found: string[] = [];
  outer: for (const row of [1, 2, 3]) {
    for (const column of ['a', 'b', 'c']) {
      if (column === 'c') continue outer;
      if (row === 3) break outer; // @log {row}{column}
      found.push(`${row}${column}`); // @log when row === 2: keeps {row}{column} after {found.length}
    }
  }
  let rounds = 0;
  do {
    rounds += 1; // @log round {rounds}
  } while (rounds < 2);
  while (rounds > 0) rounds -= 1;
  for (const key in { x: 1, y: 2 }) found.push(key); // @log when key === 'y': key {key}
  const handlers: (() => number)[] = [];
  for (let index = 0; index < 3; index += 1) handlers.push(() => index * 10);
  const captured = handlers.map((handler) => handler());
  return found.join() + captured.join(); // @log {found} {captured}
}
