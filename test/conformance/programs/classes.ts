class Account {
  static count = 0;
  static #secretCount = 0;
  readonly owner: string;
  #balance = 100;
  history: number[] = [];

  constructor(owner: string) {
    this.owner = owner;
    Account.count += 1; // @log new account of {owner}, {this.owner}
    Account.#secretCount += 2;
  }

  static open(owner: string): Account {
    const account = new this(owner);
    return account; // @log opened {account.owner} as number {this.count > 0}
  }

  get balance(): number {
    return this.#balance; // @log balance of {this.owner}
  }

  set limit(value: number) {
    this.history.push(value); // @log limit {value} after {this.history.length}
  }

  pay(amount: number): number {
    this.#withdraw(amount);
    this.history.push(amount);
    return this.#balance; // @snapshot watch this.owner, amount * 2
  }

  #withdraw(amount: number): void {
    this.#balance -= amount; // @log withdraws {amount} from {this.#balance}
  }

  static total(): number {
    return Account.#secretCount;
  }
}

class Savings extends Account {
  rate = 0.5;

  override pay(amount: number): number {
    const before = this.history.length;
    const left = super.pay(amount * this.rate);
    return left + before; // @log {before} payments before, {left} left at {this.rate}
  }
}

export function run(): number {
  const account = Savings.open('Ada');
  account.limit = 5;
  account.pay(20);
  return account.balance + Account.total();
}
