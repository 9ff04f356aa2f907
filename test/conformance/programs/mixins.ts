type Constructor = new (...args: any[]) => object;

function withName<Base extends Constructor>(Parent: Base) {
  return class Named extends Parent {
    label = 'named';
    describe(): string {
      const text = `${this.label} ${Parent.name.length > 0}`;
      return text + text.length; // @log {this.label}: {text}
    }
  };
}

abstract class Shape {
  abstract area(): number;
  report(): string {
    const area = this.area();
    return `area ${area} ${area * 2}`; // @log area {area}
  }
}

class Square extends withName(Shape as unknown as Constructor) {
  side = 3;
  area(): number {
    return this.side ** 2; // @log side {this.side}
  }
}

export function run(): string {
  const square = new Square() as Square & { report(): string };
  const texts = [square.describe(), square.report()];
  return texts.join(); // @log {texts}
}
