import { Injectable, NotFoundException } from '@nestjs/common';
import type { NewOrder } from './new-order.dto';

export interface Order extends NewOrder {
  readonly id: number;
  readonly total: number;
}

@Injectable()
export class OrdersService {
  readonly #orders = new Map<number, Order>();

  place({ customer, items }: NewOrder): Order {
    const total = items.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
    const order = { id: this.#orders.size + 1, customer, items, total };
    this.#orders.set(order.id, order);
    return order;
  }

  find(id: number): Order {
    const order = this.#orders.get(id);
    if (order === undefined) throw new NotFoundException(`there is no order ${id}`);
    return order;
  }

  clear(): void {
    this.#orders.clear();
  }
}
