export let rate = 2;

export const priceOf = (count) => {
  rate += 0;
  return count * rate; // @log {count} at {rate}
};
