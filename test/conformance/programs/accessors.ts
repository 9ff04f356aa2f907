const store = {
  values: new Map<string, number>(),
  get size(): number {
    return this.values.size; // @log size of {this.values}
  },
  set last(value: number) {
    this.values.set(`last ${this.values.size}`, value); // @log last {value}
  },
  increase(by = 1, { twice = false } = {}): number {
    const amount = twice ? by * 2 : by;
    this.last = amount;
    return amount + this.size; // @log {by} {twice} {amount}
  },
  ['computed' + 1](text: string) {
    return text.toUpperCase(); // @log computed {text}
  },
};

export function run(): string {
  const first = store.increase();
  const second = store.increase(3, { twice: true });
  store.values.clear();
  return `${first} ${second} ${store.computed1?.('x')}`; // @log {first} {second}
}
