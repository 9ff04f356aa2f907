class Range implements Iterable<number> {
  readonly #from: number;
  readonly #to: number;

  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let at = this.#from; at < this.#to; at += 1) yield at; // @log when at > 5: yields {at}
  }
}

const countdown = {
  from: 2,
  [Symbol.iterator]() {
    let left = this.from;
    return {
      next: () => ({ done: left === 0, value: left-- }), // @log left {left}
      return: () => ({ done: true, value: 0 }),
    };
  },
};

export function run(): number {
  let sum = 0;
  for (const value of new Range(4, 7)) {
    sum += value; // @log {value} to {sum}
  }
  for (const value of countdown) sum -= value;
  const [first, second] = new Range(1, 3);
  return sum * (first ?? 0) + (second ?? 0); // @log {sum} {first} {second}
}
