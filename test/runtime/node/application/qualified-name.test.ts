import { describe, expect, test } from 'vitest';
import { qualifiedName } from '../../../../src/runtime/node/application/qualified-name.ts';

class Base {
  static make(): Base {
    return new Base();
  }
  inherited(): void {}
  get computed(): () => void {
    throw new Error('a getter was run');
  }
}
class Service extends Base {
  place(): void {}
  handler = (): void => {};
}

describe('the name of a function in a stack', () => {
  test.each([
    ['a method has its class', 'place', new Service(), 'Service.place'],
    ['an inherited method has the class that has it', 'inherited', new Service(), 'Base.inherited'],
    ['a static method has its class', 'make', Base, 'Base.make'],
    ['a function of the object itself has the object’s class', 'handler', new Service(), 'Service.handler'],
    ['a getter is not run', 'computed', new Service(), 'computed'],
    ['a function that the receiver does not have stays alone', 'helper', new Service(), 'helper'],
    ['a function of a plain object stays alone', 'go', { go() {} }, 'go'],
    ['nothing is asked of a Proxy', 'place', new Proxy(new Service(), {}), 'place'],
    ['a function without receiver stays alone', 'place', undefined, 'place'],
    ['a function without name stays without', '', new Service(), ''],
  ])('%s', (_, name, receiver, wanted) => {
    expect(qualifiedName(name, receiver)).toBe(wanted);
  });
});
