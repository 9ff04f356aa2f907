interface Order {
  readonly id: number;
  readonly customer: { readonly name: string; readonly address?: { readonly city: string } };
  readonly lines: readonly (readonly [string, number])[];
}

function describe({ id, customer: { name, address: { city = 'nowhere' } = { city: 'unknown' } }, lines: [first, ...others] }: Order): string {
  const [label, price = 5] = first ?? ['nothing'];
  let [a, b] = [price, others.length];
  [a, b] = [b, a];
  const rest = { id, ...{ a, b } };
  const { id: renamed, ...remaining } = rest;
  const text = `${name} in ${city}: ${label} ${renamed}`; // @log {id} {name} {city} {label} {price} {a} {b} {remaining}
  return text + text.length + JSON.stringify(remaining);
}

export function run(): string {
  const first = describe({ id: 1, customer: { name: 'Ada' }, lines: [['tea', 3], ['milk', 1]] });
  const second = describe({ id: 2, customer: { name: 'Bob', address: { city: 'Bonn' } }, lines: [] });
  return first + second; // @log {first} | {second}
}
