import { type Customer, type Item, Order } from './orders';

const customers: readonly Customer[] = [
  { name: 'Ada Lovelace', email: 'ada@example.com', password: 'engine-1843' },
  { name: 'Humphry Davy', email: 'humphry@example.com', password: 'lamp-1815' },
  { name: 'Grace Hopper', email: 'grace@example.com', password: 'moth-1947' },
];

const catalogue: readonly Omit<Item, 'quantity'>[] = [
  { name: 'safety lamp', price: 60 },
  { name: 'wick', price: 4 },
  { name: 'lamp oil', price: 15 },
  { name: 'brass gauze', price: 28 },
];

/** The nth order of the example's own traffic: always the same for the same number. */
export function exampleOrder(id: number): Order {
  const customer = customers[id % customers.length] as Customer;
  const items = catalogue
    .filter((_, index) => (id + index) % 3 !== 0)
    .map((item, index) => ({ ...item, quantity: 1 + ((id * 7 + index) % 4) }));
  return new Order(id, customer, items);
}
