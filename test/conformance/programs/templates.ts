function tag(strings: TemplateStringsArray, ...values: unknown[]): string {
  const raw = strings.raw.join('|');
  return `${raw}:${values.join(',')}`; // @log {raw} with {values} of {strings.length}
}

export function run(): string {
  const name = 'Zoë';
  const multi = `first ${name}
second ${`nested ${name.length}`}
third`;
  const tagged = tag`a${1}b\n${name}c`;
  return `${tagged} ${multi.length} ${multi}`; // @log {tagged}; {multi}; {`own ${name}`}
}
