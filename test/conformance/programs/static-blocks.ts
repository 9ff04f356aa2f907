class Registry {
  static readonly entries = new Map<string, number>();
  static total: number;
  static #ready = false;

  static {
    for (const name of ['a', 'b']) this.entries.set(name, this.entries.size);
    this.total = this.entries.size;
    this.#ready = true;
  }

  static lookup(name: string): string {
    const index = this.entries.get(name) ?? -1;
    return `${name}=${index}`; // @log {name} {index} of {this.total}
  }

  static get ready(): boolean {
    return Registry.#ready;
  }
}

const Anonymous = class {
  value = 4;
  double = (): number => {
    const result = this.value * 2;
    return result + result; // @log {this.value} {result}
  };
};

export function run(): string {
  const texts = [Registry.lookup('b'), Registry.lookup('z')];
  const doubled = new Anonymous().double();
  return texts.join() + doubled + Registry.ready + doubled; // @log {texts} {doubled}
}
