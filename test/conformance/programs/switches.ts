type Shape = { kind: 'circle'; radius: number } | { kind: 'square' | 'box'; side: number } | { kind: 'none' };

function area(shape: Shape): number {
  switch (shape.kind) {
    case 'circle': {
      const size = shape.radius ** 2;
      return size * 3; // @log circle {size}
    }
    case 'square':
    case 'box': {
      const size = shape.side * shape.side;
      return size; // @log {shape.kind} {size}
    }
    default:
      return -1; // @log default {shape.kind}
  }
}

export function run(): number {
  const areas = [area({ kind: 'circle', radius: 2 }), area({ kind: 'box', side: 3 }), area({ kind: 'none' })];
  return areas.length + (areas[0] ?? 0); // @log {areas}
}
