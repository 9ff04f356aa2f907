// @not source source-js: Node.js only takes types away, and these need code
enum Status {
  Open = 'open',
  Closed = 'closed',
}

const enum Flag {
  None,
  Urgent = 4,
}

enum Level {
  Low = 1,
  High,
}

namespace Pricing {
  export const factor = 3;
  export function price(count: number): number {
    const base = count * factor;
    return base + count; // @log {count} costs {base} at {factor}
  }
}

class Ticket {
  constructor(
    readonly id: number,
    private readonly status = Status.Open,
    public level: Level = Level.High,
  ) {
    this.level += 0; // @log ticket {id} {status} {level}
  }

  describe(): string {
    const flag = this.level === Level.High ? Flag.Urgent : Flag.None;
    const text = `${this.id} ${this.status} ${flag}`;
    return text + text.length; // @log {text} flag {flag} in {Level[this.level]}
  }
}

export function run(): string {
  const tickets = [new Ticket(1), new Ticket(2, Status.Closed, Level.Low)];
  const price = Pricing.price(tickets.length);
  return tickets.map((ticket) => ticket.describe()).join() + price + price; // @log {price} for {tickets.length}
}
