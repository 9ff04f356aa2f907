import { EventEmitter, once } from 'node:events';

class Orders extends EventEmitter {
  place(id: number): boolean {
    return this.emit('placed', { id, price: id * 3 }); // @log emits {id}
  }
}

export async function run(): Promise<string> {
  const orders = new Orders();
  const seen: string[] = [];
  orders.on('placed', function (this: Orders, { id, price }: { id: number; price: number }) {
    seen.push(`${id}:${price}`); // @log {id} for {price}, {seen.length} before
  });
  orders.place(1);
  orders.place(2);
  const later = once(orders, 'placed');
  setTimeout((id: number) => orders.place(id), 1, 3);
  const [{ id: last }] = await later;
  const sorted = [3, 1, 2].sort((a, b) => a - b).filter((value) => value > 1); // @log when value === 3: filters {value}
  const grouped = [1, 2, 3, 4].reduce<Record<string, number[]>>((groups, value) => {
    const key = value % 2 === 0 ? 'even' : 'odd';
    (groups[key] ??= []).push(value); // @log {value} is {key}
    return groups;
  }, {});
  await new Promise<void>((resolve) => {
    queueMicrotask(() => {
      seen.push('micro'); // @log micro after {last}
      resolve();
    });
  });
  return seen.join() + sorted.join() + Object.keys(grouped).join(); // @log {seen} {sorted} {grouped}
}
