export function run(): number {
  const symbol = Symbol('mark');
  const big = 12345678901234567890n;
  const map = new Map<unknown, unknown>([['a', 1], [{ key: true }, new Set([1, 'two'])]]);
  const weak = new WeakMap([[map, 1]]);
  const bytes = new Uint8Array([1, 2, 255]);
  const buffer = Buffer.from('höhe');
  const date = new Date(Date.UTC(2026, 10, 21, 6, 30));
  const pattern = /(\d+)-x/giu;
  const sparse = [1, , 3];
  const nested = { a: { b: { c: { d: 1 } } }, list: [1, [2, [3]]], [symbol]: 'by symbol' };
  const nothing = [null, undefined, NaN, -0, Infinity, true];
  const text = 'a "quoted"\ttext\nwith lines';
  const bare = Object.assign(Object.create(null), { own: 1 });
  const fn = function named() {};
  const values = [symbol, big, map, weak, bytes, buffer, date, pattern, sparse, nested, nothing, text, bare, fn];
  const log = values.length; // @log {symbol} {big} {map} {weak} {bytes} {buffer} {date} {pattern} {sparse} {nothing}
  const more = log + values.length; // @log {nested} | {text} | {bare} | {fn}
  return values.length + more + log; // @snapshot
}
