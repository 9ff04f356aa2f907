'use strict';
const prices = { tea: 3, milk: 1 };

function priceOf(name, count = 1) {
  const price = prices[name] * count;
  return price + count; // @log {name} {count} {price} {prices}
}

export function run() {
  const names = Object.keys(prices);
  const total = names.reduce((sum, name) => sum + priceOf(name, 2), 0);
  return total + names.length; // @snapshot watch names.length
}
