class OrderError extends Error {
  readonly code: number;

  constructor(message: string, code: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OrderError';
    this.code = code;
  }
}

function parse(text: string): number {
  try {
    if (text === 'bad') throw new SyntaxError(`cannot read ${text}`);
    return text.length; // @log length of {text}
  } catch (error) {
    throw new OrderError('no order', 42, { cause: error }); // @log caught {error.name}: {error.message}
  } finally {
    const closing = `closing ${text}`;
    if (closing.length > 100) throw new Error(closing); // @log {closing}
  }
}

export function run(): string {
  const results: string[] = [];
  for (const text of ['good', 'bad']) {
    try {
      results.push(String(parse(text)));
    } catch (error) {
      const { message, code, cause } = error as OrderError & { cause: Error };
      results.push(message); // @log {message} {code} because of {cause.message}: {error}
    }
  }
  return results.join(); // @log {results}
}
