function total(base: number, factor = base * 2, ...extras: number[]): number {
  const sum = extras.reduce((all, extra) => all + extra, base * factor);
  return sum + extras.length; // @log base {base} factor {factor} extras {extras} sum {sum}
}

function named({ size = 10, label = `size ${size}` }: { size?: number; label?: string } = {}): string {
  return `${label}/${size}`; // @log {label} {size}
}

export function run(): string {
  const numbers = [total(1), total(2, 3), total(4, undefined, 5, 6)];
  return named() + named({ size: 3 }) + named({ label: 'given' }) + numbers.join();
}
