/** The example application: what a shop does with an order. Nothing in here knows Davylamp. */

export interface Item {
  readonly name: string;
  readonly price: number;
  readonly quantity: number;
}

export interface Customer {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export class Order {
  readonly id: number;
  readonly customer: Customer;
  readonly items: readonly Item[];

  constructor(id: number, customer: Customer, items: readonly Item[]) {
    this.id = id;
    this.customer = customer;
    this.items = items;
  }

  total(): number {
    return this.items.reduce((sum, item) => sum + item.price * item.quantity, 0);
  }
}

export interface Receipt {
  readonly order: number;
  readonly amount: number;
  readonly discount: number;
}

export class OrderService {
  readonly #receipts = new Map<number, Receipt>();
  readonly region: string;
  placed = 0;

  constructor(region: string) {
    this.region = region;
  }

  /** Places an order and answers what it costs after the discount. */
  place(order: Order): Receipt {
    const discount = discountFor(order);
    const amount = Math.round(order.total() * (1 - discount));
    const receipt: Receipt = { order: order.id, amount, discount };
    this.#receipts.set(order.id, receipt);
    this.placed += 1;
    if (this.#receipts.size > 1000) this.#receipts.clear();
    return receipt;
  }

  find(id: number): Receipt | undefined {
    return this.#receipts.get(id);
  }
}

export function discountFor(order: Order): number {
  const pieces = order.items.reduce((sum, item) => sum + item.quantity, 0);
  if (order.total() > 300) return 0.1;
  return pieces >= 5 ? 0.05 : 0;
}
