interface Settings {
  readonly name?: string;
  readonly nested?: { readonly list?: readonly number[]; readonly call?: (text: string) => string };
}

function read(settings: Settings | null): string {
  const name = settings?.name ?? 'unnamed';
  const second = settings?.nested?.list?.[1] ?? -1;
  const called = settings?.nested?.call?.(name);
  let count: number | undefined;
  count ??= settings?.nested?.list?.length;
  const flag = (count && count > 1) || name === 'x';
  return `${name} ${second} ${called} ${count} ${flag}`; // @log {name} {second} {called ?? 'none'} {count} {settings?.nested?.list?.[0]} {flag}
}

export function run(): string {
  const texts = [read(null), read({ name: 'x' }), read({ nested: { list: [7, 8], call: (text) => text + text } })];
  return texts.join(); // @log {texts}
}
