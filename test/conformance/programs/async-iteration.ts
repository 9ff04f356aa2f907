async function* pages(count: number): AsyncGenerator<{ page: number; items: string[] }> {
  for (let page = 1; page <= count; page += 1) {
    await null;
    const items = Array.from({ length: page }, (_, index) => `item ${page}.${index}`);
    yield { page, items }; // @log page {page} has {items}
  }
}

async function* merged(): AsyncGenerator<number> {
  yield* [1, 2];
  for await (const { page } of pages(1)) yield page * 100; // @log merges {page}
}

export async function run(): Promise<string> {
  const seen: string[] = [];
  for await (const { page, items } of pages(2)) {
    seen.push(...items); // @log {page} with {seen.length} before
  }
  let sum = 0;
  for await (const value of merged()) sum += value;
  return `${seen} ${sum}`; // @log {seen} and {sum}
}
