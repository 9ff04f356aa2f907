class Vault {
  static #opened = 0;
  static reset(): void {
    this.#opened = 0;
  }

  #content = new Map([['tea', 3]]);
  #secretless = { unit: 'kg' };

  #weigh(name: string): number {
    return (this.#content.get(name) ?? 0) * 2; // @log {name} in {this.#secretless.unit} opened {Vault.#opened}
  }

  get #first(): string {
    return [...this.#content.keys()][0] ?? 'nothing';
  }

  open(name: string): string {
    Vault.#opened += 1;
    const weight = this.#weigh(name);
    return `${this.#first} ${weight} ${weight}`; // @snapshot watch this.#content.size, weight * 2
  }
}

// @entry Vault.#weigh: weighs {name}
// @exit Vault.open: gives {$return}
export function run(): string {
  Vault.reset();
  const text = new Vault().open('tea');
  return text + text.length; // @log {text}
}
