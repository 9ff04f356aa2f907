import data from './prices.json' with { type: 'json' };

export function run(): number {
  const { tea, milk } = data.prices;
  const sum = tea + milk;
  return sum * sum; // @log {tea} {milk} {sum} {data.currency}
}
