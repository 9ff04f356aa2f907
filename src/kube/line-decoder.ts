/** Longest line that is kept; a watch event is an object of at most 1.5 MiB in etcd, which JSON escapes can widen. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/**
 * Complete lines of a stream, without their line ends. Text after the last line end is yielded only if `withRest` is set: half an
 * event of a watch that was cut off must not be parsed, while a log may end without a line end.
 * @throws RangeError if a line is longer than 16 MiB.
 */
export async function* decodeLines(bytes: AsyncIterable<Uint8Array>, withRest: boolean): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    const text = decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      parts.push(text.slice(start, end));
      yield withoutReturn(parts.join(''));
      parts = [];
      length = 0;
      start = end + 1;
    }
    if (start < text.length) {
      parts.push(start === 0 ? text : text.slice(start));
      length += text.length - start;
      if (length > MAX_LINE_BYTES) throw new RangeError(`a line of the answer is longer than ${MAX_LINE_BYTES} bytes`);
    }
  }
  const rest = parts.join('') + decoder.decode();
  if (withRest && rest !== '') yield withoutReturn(rest);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
