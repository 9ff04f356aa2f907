function area(side: number): number {
  if (side > 0) {
    const size = side * side;
    return size; // @log {size} of {side}
  }
  return side;
}

function tried(text: string): string {
  try {
    const result = text.trim();
    return result; // @snapshot
  } finally {
    text += '!';
  }
}

export function run(): string {
  const parts = [area(3), tried(' a ')];
  return parts.join(); // @log {parts}
}
