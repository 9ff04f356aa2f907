import type { LogLine } from '../protocol/log-line.ts';
import type { Result, SnapshotResult } from '../protocol/result.ts';
import type { ProcessInfo } from '../protocol/state.ts';
import type { WireProbe } from '../protocol/wire-probe.ts';

/** What sinks need to know of a result's probe. */
export type ProbeName = Pick<WireProbe, 'kind' | 'namespace' | 'name' | 'sinkRefs'>;

/** One result in the documented form of the log sink; the order of the members is the order in the line. */
export function toLogLine(result: Result, probe: ProbeName, process: ProcessInfo, pod?: string): LogLine {
  const { level, message, capture } = contentOf(result);
  return {
    time: new Date(result.time).toISOString(),
    level,
    kind: probe.kind,
    namespace: probe.namespace,
    name: probe.name,
    message,
    location: result.location,
    pod,
    container: process.containerName,
    pid: process.pid,
    threadID: process.threadID,
    sequence: result.sequence,
    uid: result.uid,
    sampledShare: result.sampledShare,
    traceID: result.traceID,
    spanID: result.spanID,
    capture,
  };
}

/** The members of the line that depend on the kind of the result. */
function contentOf(result: Result): Pick<LogLine, 'level' | 'message' | 'capture'> {
  switch (result.kind) {
    case 'DynamicLog':
      return result.log;
    case 'Snapshot':
      return {
        level: 'Info',
        message: `snapshot at ${result.location}: ${summary(result)}`,
        capture: result.capture,
      };
  }
}

function summary({ capture }: SnapshotResult): string {
  const [top] = capture.frames;
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  return `${count(capture.frames.length, 'frame')}, ${count(top?.locals?.length ?? 0, 'local')} in ${top?.function || 'the top frame'}`;
}

/** Names of probes by uid, also of the last ones that were withdrawn: their results may still be on the way. */
export class ProbeNames {
  readonly #names = new Map<string, ProbeName>();
  readonly #most: number;

  constructor(most = 1000) {
    this.#most = most;
  }

  learn(probes: readonly WireProbe[]): void {
    for (const { uid, kind, namespace, name, sinkRefs } of probes) {
      // Deleted first, so that what was named longest ago is the first to be forgotten.
      this.#names.delete(uid);
      this.#names.set(uid, { kind, namespace, name, sinkRefs });
    }
    for (const uid of this.#names.keys()) {
      if (this.#names.size <= this.#most) break;
      this.#names.delete(uid);
    }
  }

  of(uid: string): ProbeName | undefined {
    return this.#names.get(uid);
  }
}
