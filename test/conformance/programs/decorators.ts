// @not source source-js: Node.js does not know decorators
const calls: string[] = [];

function logged(_target: object, key: string, descriptor: PropertyDescriptor): PropertyDescriptor {
  const original = descriptor.value;
  return {
    ...descriptor,
    value(...args: unknown[]) {
      calls.push(key);
      return original.apply(this, args); // @log calls {key} with {args}
    },
  };
}

function sealed(name: string) {
  return (constructor: { prototype: object }): void => {
    calls.push(name);
    Object.seal(constructor.prototype);
  };
}

@sealed('orders')
class Orders {
  readonly prefix = 'order';

  @logged
  place(id: number, label = 'none'): string {
    const text = `${this.prefix} ${id} ${label}`;
    return text + text.length; // @log {text} of {this.prefix} {id}
  }
}

// @entry Orders.place: place {id}
export function run(): string {
  const orders = new Orders();
  const text = orders.place(7);
  return text + text.length; // @log {text}
}
