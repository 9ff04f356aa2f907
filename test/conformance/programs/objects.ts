class Point {
  x = 1;
  y = 2;
  static origin = new Point();
  toString(): string {
    return `${this.x}/${this.y}`;
  }
}

export function run(): number {
  const point = new Point();
  const spread = { ...point, z: 3, 'a-b': 4, 5: 'five' };
  const frozen = Object.freeze({ list: [point, point] });
  const cyclic: Record<string, unknown> = { name: 'loop' };
  cyclic.self = cyclic;
  const tuple = [point, [1, 2, 3, 4, 5, 6, 7], { deep: { deeper: { deepest: 1 } } }] as const;
  const key = 'z';
  const size = Object.keys(spread).length + tuple.length + frozen.list.length;
  return size + spread.z; // @log {point} {spread} {frozen} {cyclic} {tuple} {spread[key]} {point.x + spread.z} {size}
}
