export function run(): number {
  const price = 12.5;
  const count = 3;
  const big = 9007199254740993n;
  const total = price * count;
  const result = total + Number(big % 10n);
  return result + count; // @log {price} {count} {total.toFixed(2)} {big * 2n} {total > 30 && count < 5} {Math.max(price, count)} {-total} {count ** 3} {total % 7} {(count << 2) | 1}
}
