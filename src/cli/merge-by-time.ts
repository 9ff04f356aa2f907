import type { LogLine } from '../protocol/log-line.ts';

/** Merges streams of lines, each ordered by time, into one that is ordered by time. Holds one line of each in memory. */
export async function* mergeByTime(streams: readonly AsyncIterator<LogLine>[]): AsyncGenerator<LogLine> {
  const heads = await Promise.all(streams.map(async (stream) => ({ stream, line: await nextOf(stream) })));
  for (;;) {
    let first: { stream: AsyncIterator<LogLine>; line: LogLine | undefined } | undefined;
    for (const head of heads) {
      if (head.line !== undefined && isEarlier(head.line, first?.line)) first = head;
    }
    if (first?.line === undefined) return;
    yield first.line;
    first.line = await nextOf(first.stream);
  }
}

function isEarlier(line: LogLine, other: LogLine | undefined): boolean {
  return other === undefined || Date.parse(line.time) < Date.parse(other.time);
}

async function nextOf(stream: AsyncIterator<LogLine>): Promise<LogLine | undefined> {
  const { done, value } = await stream.next();
  return done === true ? undefined : value;
}
