// @entry Basket.add: adds {name} for {price}
// @exit Basket.add: now {this.items.length}
// @entry Basket.create: creates
// @entry compute: computes {x}
// @exit compute: gives {$return}
// @entry arrow: arrow of {value}
// @entry handlers.onEvent: event {kind}
// @entry failing: fails with {reason}
// @exit Basket.total: total {$return}
class Basket {
  items: [string, number][] = [];

  static create(): Basket {
    const basket = new Basket();
    basket.items = [];
    return basket;
  }

  add(name: string, price: number): this {
    this.items.push([name, price]);
    return this;
  }

  total(): number {
    return this.items.reduce((sum, [, price]) => sum + price, 0);
  }
}

function compute(x: number): number {
  if (x > 2) return x * 10;
  const half = x / 2;
  return half + x;
}

const arrow = (value: string): string => value.repeat(2);

const handlers = {
  onEvent(kind: string): string {
    return `${kind}!`;
  },
};

function failing(reason: string): never {
  throw new RangeError(reason);
}

export function run(): string {
  const basket = Basket.create().add('tea', 3).add('milk', 1);
  try {
    failing('because');
  } catch {
    basket.add('sugar', 2);
  }
  return `${basket.total()} ${compute(1)} ${compute(4)} ${arrow('ab')} ${handlers.onEvent('click')}`;
}
