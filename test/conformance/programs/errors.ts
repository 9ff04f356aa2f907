class NotFound extends Error {
  override name = 'NotFound';
  constructor(readonly_: string) {
    super(`${readonly_} was not found`);
  }
}

export function run(): number {
  const plain = new Error('plain');
  const typed = new NotFound('order');
  const caused = new RangeError('outer', { cause: new TypeError('inner') });
  const many = new AggregateError([plain, typed], 'many');
  const all = [plain, typed, caused, many];
  return all.length + plain.message.length; // @log {plain} {typed} {caused} {many} {typed.name} {caused.cause.message}
}
