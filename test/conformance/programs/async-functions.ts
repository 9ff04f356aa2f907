import { setTimeout as delay } from 'node:timers/promises';

async function load(id: number): Promise<{ id: number; price: number }> {
  const started = `load ${id}`;
  await delay(1);
  const price = id * 10;
  await null;
  return { id, price: price + started.length }; // @log {started} gives {price}
}

class Service {
  readonly prefix = 'order';

  async place(ids: number[]): Promise<string> {
    let total = 0;
    for (const id of ids) {
      const { price } = await load(id);
      total += price; // @log {this.prefix} {id}: {price} to {total}
    }
    const label = `${this.prefix} ${total}`;
    await Promise.resolve();
    return `${label} of ${label.length}`; // @snapshot
  }
}

export async function run(): Promise<string> {
  const text = await new Service().place([1, 2]);
  const both = await Promise.all([load(5), load(6)]);
  try {
    await Promise.reject(new TypeError('refused'));
  } catch (error) {
    return `${text} ${error} ${both.length}`; // @log caught {error.message} after {text}
  }
  return text;
}
