export function run(): string {
  const name = 'outer';
  const parts: string[] = [];
  for (let index = 0; index < 2; index += 1) {
    const name = `loop ${index}`;
    parts.push(name);
    if (index === 1) {
      const name = `block of ${parts.length}`;
      parts.push(name); // @log inner {name}, {parts.length} parts
    }
    parts.push(name); // @log middle {name} at {index}
  }
  const inner = (name: string): string => `${name}/${parts.length}`; // @log parameter {name}
  const joined = inner('parameter') + name + name.length;
  return joined + joined.length; // @log outer {name}, {joined}
}
